import { isRecord } from "@leader/graph/records";
import { mutated } from "../mutation.js";
import { knownHost, knownId, type Body, type Content, type FuzzedConnection, type FuzzedRequest, type Part } from "./request.js";

/** What the service under test has, in place of what the requests name it by. */
export interface Known {
  readonly id: string;
  readonly host: string;
  readonly pictures: readonly Uint8Array[];
}

/** A pipeline that takes milliseconds: an analytic prior on the reference interpreter. */
export const quickPipeline = {
  apiVersion: "leader/v1",
  operator: { use: "@leader/operators#denoising" },
  denoiser: { use: "leader#gaussian", with: { decay: 0 } },
  baseline: { use: "@leader/baseline-ddnm#ddnm" },
  scheduler: { use: "leader#uniform", with: { steps: 4 } },
  backend: { use: "leader#reference" },
} as const;

/** The bytes of a connection as they are sent. */
export function wireOf({ requests, edits }: FuzzedConnection, known: Known): Uint8Array {
  const whole = Buffer.concat(requests.map((request) => requestBytes(request, known)));
  return mutated([whole], { original: 0, edits });
}

function requestBytes(request: FuzzedRequest, known: Known): Buffer {
  const { method, path, query, headers, host, body } = request;
  const asked = new URLSearchParams(query.map(([name, value]): [string, string] => [name, value])).toString();
  const target = path.replace(knownId, known.id) + (asked === "" ? "" : `?${asked}`);
  const lines = [`${method} ${target} HTTP/1.1`, `host: ${host.replace(knownHost, known.host)}`];
  for (const [name, value] of headers) lines.push(`${name}: ${value}`);
  const { type, bytes } = bodyBytes(body, known);
  if (type !== undefined) lines.push(`content-type: ${type}`);
  const framed = framedBody(request, bytes);
  return Buffer.concat([Buffer.from(`${[...lines, ...framed.lines].join("\r\n")}\r\n\r\n`, "latin1"), framed.bytes]);
}

function bodyBytes(body: Body, known: Known): { readonly type: string | undefined; readonly bytes: Buffer } {
  if (body.kind === "none") return { type: undefined, bytes: Buffer.alloc(0) };
  if (body.kind === "raw") return { type: body.type, bytes: contentBytes(body.content, known) };
  const parts = body.parts.map((part) => partBytes(part, body.boundary, known));
  const end = Buffer.from(body.ended ? `--${body.boundary}--\r\n` : "", "latin1");
  return { type: `multipart/form-data; boundary=${body.boundary}`, bytes: Buffer.concat([...parts, end]) };
}

function partBytes({ name, fileName, content }: Part, boundary: string, known: Known): Buffer {
  const file = fileName === undefined ? "" : `; filename="${fileName}"`;
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${file}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, "latin1"), contentBytes(content, known), Buffer.from("\r\n")]);
}

function contentBytes(content: Content, { pictures }: Known): Buffer {
  switch (content.kind) {
    case "text":
      return Buffer.from(content.text);
    case "bytes":
      return Buffer.from(content.bytes);
    case "picture":
      return Buffer.from(mutated(pictures, content.mutation));
    case "pipeline": {
      const changed = isRecord(content.value) || content.key !== "" ? { ...quickPipeline, [content.key]: content.value } : quickPipeline;
      return Buffer.from(JSON.stringify(changed));
    }
    default:
      return content satisfies never;
  }
}

/** The body with what its length is said to be. */
function framedBody({ body, length }: FuzzedRequest, bytes: Buffer): { readonly lines: readonly string[]; readonly bytes: Buffer } {
  const said = (...counts: readonly number[]): readonly string[] => counts.map((count) => `content-length: ${count}`);
  const chunk = (size: string): Buffer => Buffer.concat([Buffer.from(`${size}\r\n`), bytes, Buffer.from("\r\n0\r\n\r\n")]);
  const chunked = ["transfer-encoding: chunked"];
  switch (length) {
    case "true":
      return { lines: body.kind === "none" ? [] : said(bytes.length), bytes };
    case "none":
      return { lines: [], bytes };
    case "short":
      return { lines: said(Math.floor(bytes.length / 2)), bytes };
    case "long":
      return { lines: said(bytes.length + 7), bytes };
    case "negative":
      return { lines: said(-1), bytes };
    case "two":
      return { lines: said(bytes.length, bytes.length + 1), bytes };
    case "chunked":
      return { lines: chunked, bytes: bytes.length === 0 ? Buffer.from("0\r\n\r\n") : chunk(bytes.length.toString(16)) };
    case "broken chunks":
      return { lines: chunked, bytes: chunk("zz") };
    case "length and chunks":
      return { lines: [...said(bytes.length), ...chunked], bytes };
    default:
      return length satisfies never;
  }
}
