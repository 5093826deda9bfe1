import fc from "fast-check";
import { mutations, type Mutation } from "../mutation.js";

/** A part of a form. */
export interface Part {
  readonly name: string;
  /** Of a file; undefined for a field. */
  readonly fileName: string | undefined;
  readonly content: Content;
}

/** What is sent: a text, bytes, one of the good pictures with changes, or a pipeline. */
export type Content =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "picture"; readonly mutation: Mutation }
  | { readonly kind: "pipeline"; readonly key: string; readonly value: unknown };

export type Body =
  | { readonly kind: "none" }
  | { readonly kind: "raw"; readonly type: string; readonly content: Content }
  | { readonly kind: "form"; readonly boundary: string; readonly parts: readonly Part[]; readonly ended: boolean };

/** What a request says of the length of its body. */
const lengths = ["true", "none", "short", "long", "negative", "two", "chunked", "broken chunks", "length and chunks"] as const;
export type Length = (typeof lengths)[number];

/** A request before it becomes text. */
export interface FuzzedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: readonly (readonly [string, string])[];
  readonly host: string;
  readonly body: Body;
  readonly length: Length;
}

/** Requests on one connection, one behind the other, and changes of their bytes. */
export interface FuzzedConnection {
  readonly requests: readonly FuzzedRequest[];
  readonly edits: Mutation["edits"];
}

/** Stands for the number of a restoration that there is, and for the address of the service. */
export const knownId = "KNOWN-ID";
export const knownHost = "KNOWN-HOST";

const hostileTexts = [
  "",
  "0",
  "-1",
  "NaN",
  "1e999",
  "true",
  "../../secret.txt",
  "secret.txt",
  "upload:x",
  "\0",
  "\r\n",
  "%00",
  "%zz",
  "__proto__",
];
const text = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...hostileTexts) },
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.nat(5000).map((length) => "a".repeat(length)),
);

const method = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom("GET", "POST", "DELETE") },
  fc.constantFrom("HEAD", "OPTIONS", "PUT", "PATCH", "TRACE", "CONNECT", "get", "PROPFIND", "", "A".repeat(300)),
);

const segment = fc.oneof(
  fc.constantFrom(
    "v1",
    "restorations",
    knownId,
    "00000000-0000-4000-8000-000000000000",
    "..",
    "%2e%2e",
    ".%2e",
    "",
    "docs",
    "static",
    "%00",
    "%ff",
  ),
  text.map(encodeURIComponentSafely),
);
const knownPaths = [
  "/v1/restorations",
  `/v1/restorations/${knownId}`,
  "/v1",
  "/v1/schema",
  "/healthz",
  "/readyz",
  "/metrics",
  "/docs",
  "/openapi.json",
];
const ofKnown = ["result", "report", "pipeline", "uncertainty", "events"].map((end) => `/v1/restorations/${knownId}/${end}`);
const path = fc.oneof(
  { weight: 4, arbitrary: fc.constant("/v1/restorations") },
  { weight: 4, arbitrary: fc.constantFrom(...knownPaths, ...ofKnown) },
  { weight: 2, arbitrary: fc.array(segment, { maxLength: 6 }).map((segments) => `/${segments.join("/")}`) },
  fc.constantFrom("*", "//", "http://evil.example/v1", "/?", "/v1/restorations#x"),
);

const fieldNames = [
  "task",
  "pipeline",
  "param",
  "quality",
  "factor",
  "noise",
  "gaussian",
  "invertMask",
  "seed",
  "previewEvery",
  "uncertainty",
  "format",
  "constructor",
];
const goodValues = ["denoise", "upscale", "inpaint", "deblur", "colorize", "draft", "auto", "0.1", "2", "7", "png", "webp", "seed=1"];
const field = fc.tuple(
  fc.oneof(fc.constantFrom(...fieldNames), text),
  fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...goodValues) }, text),
);
/** Fields with which a request is accepted, if the picture can be read. */
const goodFields = fc.constant([
  ["task", "denoise"],
  ["noise", "0.1"],
  ["quality", "draft"],
] as const);
const fields = fc.oneof(goodFields, fc.array(field, { maxLength: 4 }));

const pictureContent = fc
  .oneof(mutations(2), fc.constant<Mutation>({ original: 0, edits: [] }))
  .map((mutation): Content => ({ kind: "picture", mutation }));
const pipelineKeys = ["operator", "denoiser", "baseline", "scheduler", "backend", "uncertainty", "modulator", "noise", "seed", "extra"];
const pipelineContent = fc
  .record({
    key: fc.constantFrom(...pipelineKeys),
    value: fc.oneof(fc.jsonValue(), fc.constantFrom({ use: "./x.js#x" }, { use: "leader#onnx-file", with: { path: "secret.txt" } })),
  })
  .map(({ key, value }): Content => ({ kind: "pipeline", key, value }));
const content = fc.oneof(
  { weight: 4, arbitrary: pictureContent },
  { weight: 2, arbitrary: pipelineContent },
  text.map((each): Content => ({ kind: "text", text: each })),
  fc.uint8Array({ maxLength: 64 }).map((bytes): Content => ({ kind: "bytes", bytes })),
);

const part = fc.record({
  name: fc.oneof({ weight: 4, arbitrary: fc.constantFrom("picture", "pipeline", "mask", "kernel", "task", "noise") }, text),
  fileName: fc.option(fc.oneof(fc.constantFrom("a.png", "../../x.png", ""), text), { nil: undefined }),
  content,
});
const types = [
  "image/png",
  "image/jpeg",
  "application/octet-stream",
  "application/json",
  "text/plain",
  "multipart/form-data",
  "image/",
  "",
];
const body: fc.Arbitrary<Body> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<Body>({ kind: "none" }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("raw" as const), type: fc.constantFrom(...types), content }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("form" as const),
      boundary: fc.oneof({ weight: 4, arbitrary: fc.constant("bound") }, text),
      parts: fc.array(part, { maxLength: 7 }),
      ended: fc.boolean(),
    }),
  },
);

const headerNames = [
  "accept",
  "accept-encoding",
  "authorization",
  "connection",
  "cookie",
  "expect",
  "if-none-match",
  "origin",
  "range",
  "upgrade",
  "x-api-key",
  "transfer-encoding",
  "content-encoding",
  "x",
];
const headerValues = [
  "*/*",
  "image/webp;q=0.9",
  "text/html",
  "gzip",
  "100-continue",
  "close",
  "keep-alive",
  "upgrade, close",
  "websocket",
  "bytes=0-1",
  "null",
  "Bearer x",
  "chunked",
];
const header = fc.tuple(fc.constantFrom(...headerNames), fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...headerValues) }, text));

/** A whole form with a picture and a pipeline or a task, of which the contents are changed. */
const wholeForm = fc
  .tuple(
    pictureContent,
    fc.oneof(pipelineContent, fc.constant<Content>({ kind: "pipeline", key: "seed", value: 1 })),
    fc.array(part, { maxLength: 2 }),
  )
  .map(([picture, pipeline, more]): Body => {
    const parts = [
      { name: "picture", fileName: "a.png", content: picture },
      { name: "pipeline", fileName: undefined, content: pipeline },
    ];
    return { kind: "form", boundary: "bound", parts: [...parts, ...more], ended: true };
  });
const rawPicture = pictureContent.map((each): Body => ({ kind: "raw", type: "image/png", content: each }));
const nearlyGood = (query: fc.Arbitrary<FuzzedRequest["query"]>, bodies: fc.Arbitrary<Body>): fc.Arbitrary<FuzzedRequest> =>
  fc.record({
    method: fc.constant("POST"),
    path: fc.constant("/v1/restorations"),
    query,
    headers: fc.constant([]),
    host: fc.constant(knownHost),
    body: bodies,
    length: fc.constantFrom("true", "chunked"),
  });

const anyRequest: fc.Arbitrary<FuzzedRequest> = fc.record({
  method,
  path,
  query: fields,
  headers: fc.array(header, { maxLength: 3 }),
  host: fc.oneof({ weight: 12, arbitrary: fc.constant(knownHost) }, fc.constantFrom("evil.example", "", "[::1", "a b")),
  body,
  length: fc.oneof({ weight: 8, arbitrary: fc.constant<Length>("true") }, fc.constantFrom(...lengths)),
});

const request = fc.oneof(
  { weight: 3, arbitrary: anyRequest },
  { weight: 1, arbitrary: nearlyGood(fields, rawPicture) },
  { weight: 1, arbitrary: nearlyGood(fc.constant([]), wholeForm) },
);

/** Connections of which most hold one request that is whole; they shrink to one short request. */
export const connection: fc.Arbitrary<FuzzedConnection> = fc.record({
  requests: fc.oneof(
    { weight: 4, arbitrary: fc.array(request, { minLength: 1, maxLength: 1 }) },
    fc.array(request, { minLength: 1, maxLength: 4 }),
  ),
  edits: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    mutations(1).map(({ edits }) => edits),
  ),
});

/** A lone surrogate, which has no encoding, becomes a question mark. */
function encodeURIComponentSafely(value: string): string {
  return encodeURIComponent(Buffer.from(value, "utf8").toString("utf8"));
}
