import { deflateSync } from "node:zlib";
import { form, png, quickPipeline } from "./fixture.js";
import { boundary, fields, formHead, get, picture, pipeline, pngOf, post, posted, raw, type HostileCase } from "./hostile-case.js";
import { rawRequest } from "./raw-http.js";

const onPaths: readonly HostileCase[] = [
  get("a path above the root", "/../../../../etc/passwd", [404]),
  get("the same, encoded", "/%2e%2e/%2e%2e/%2e%2e/etc/passwd", [404]),
  get("a path out of the API", "/v1/../../../etc/passwd", [404]),
  get("a path out of the static files", "/docs/static/../../../../package.json", [400, 404]),
  get("the same, encoded once", "/docs/static/..%2f..%2f..%2fpackage.json", [403, 404]),
  get("the same, encoded twice", "/docs/static/%252e%252e%252fpackage.json", [404]),
  get("a name with a backslash", "/docs/static/..%5c..%5cpackage.json", [400, 403, 404]),
  get("a name with NUL", "/docs/static/index.html%00.png", [400, 403, 404]),
  get("a broken escape", "/v1/restorations/%zz", [400]),
  get("a number that is none", "/v1/restorations/..%2f..%2fetc", [400, 404]),
  get("a number that nobody has", "/v1/restorations/00000000-0000-4000-8000-000000000000", [404], "LEADER_SERVER_NOT_FOUND"),
  get("a number of 5,000 characters", `/v1/restorations/${"a".repeat(5000)}`, [404, 414]),
  get("lines in a number", "/v1/restorations/x%0d%0aset-cookie:%20a=b/result", [400, 404]),
  get("lines in a query", "/v1/restorations/00000000-0000-4000-8000-000000000000/result?format=png%0d%0ax:%20y", [400]),
  get("another site in the request line", "http://evil.example/v1", [200, 404]),
  raw("a method that echoes", [404, 405], "TRACE /v1 HTTP/1.1\r\nhost: HOST\r\nconnection: close\r\n\r\n"),
  raw("a tunnel", [0, 404], "CONNECT evil.example:443 HTTP/1.1\r\nhost: HOST\r\n\r\n"),
  raw(
    "a method that is not offered",
    [404],
    "PUT /v1/restorations HTTP/1.1\r\nhost: HOST\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
  ),
];

const onHeaders: readonly HostileCase[] = [
  raw("a name that was made to resolve here", [403], "GET /v1 HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n"),
  raw("a page of another origin", [403], "GET /v1 HTTP/1.1\r\nhost: HOST\r\norigin: https://evil.example\r\nconnection: close\r\n\r\n"),
  raw("an origin that is none", [403], "GET /v1 HTTP/1.1\r\nhost: HOST\r\norigin: null\r\nconnection: close\r\n\r\n"),
  raw("no host", [400], "GET /v1 HTTP/1.1\r\nconnection: close\r\n\r\n"),
  raw("a head of 40 KB", [431], `GET /v1 HTTP/1.1\r\nhost: HOST\r\nx: ${"a".repeat(40_000)}\r\n\r\n`),
  raw("a line that is folded into a header", [400], "GET /v1 HTTP/1.1\r\nhost: HOST\r\nx: a\r\n b\rset-cookie: c\r\n\r\n"),
  raw("two lengths", [400], post("content-length: 1\r\ncontent-length: 2\r\n"), "ab"),
  raw("a length and chunks", [400], post("content-length: 5\r\ntransfer-encoding: chunked\r\n"), "0\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n"),
  raw("a length below zero", [400], post("content-length: -1\r\n")),
  raw("a length that is no number", [400], post("content-length: abc\r\n")),
  raw("a length beyond the limit", [413], post("content-length: 99999999999\r\n")),
  raw("a chunk that is no number", [400], post("transfer-encoding: chunked\r\n"), "zz\r\nabc\r\n"),
  raw("no HTTP at all", [400], "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
  {
    name: "a head that never ends",
    status: [0, 408],
    send: (url) => rawRequest(url, ["GET /v1 HTTP/1.1\r\n", ...Array<string>(6).fill("x: y\r\n")], 800),
  },
  {
    name: "a body that comes by the byte",
    status: [0, 408],
    send: (url) =>
      rawRequest(url, [post("content-length: 5000\r\n").replace("HOST", new URL(url).host), ...Array<string>(6).fill("a")], 800),
  },
  {
    name: "a form that stops",
    status: [0, 400, 408],
    send: (url) =>
      rawRequest(
        url,
        [`${formHead.replace("HOST", new URL(url).host)}content-length: 5000\r\n\r\n`, `--${boundary}\r\n`, ...Array<string>(5).fill("a")],
        800,
      ),
  },
];

/** Params that lead to a file and to a stage. */
const maskByParam = quickPipeline({
  operator: undefined,
  params: {
    stage: { type: "string", default: "@leader/operators#inpainting", sets: "operator.use" },
    mask: { type: "string", default: "upload:holes", sets: "operator.with.mask" },
  },
});

const onBodies: readonly HostileCase[] = [
  posted("no body", [400, 415], undefined, () => ({})),
  posted("JSON in place of a picture", [415], "LEADER_SERVER_MEDIA_TYPE", () => ({
    body: "{}",
    headers: { "content-type": "application/json" },
  })),
  posted("a type of 10,000 characters", [415], undefined, () => ({ body: "x", headers: { "content-type": `a/${"b".repeat(10_000)}` } })),
  posted(
    "an empty picture",
    [400],
    "LEADER_SERVER_PICTURE_MISSING",
    () => ({ body: "", headers: { "content-type": "image/png" } }),
    "/v1/restorations?task=denoise",
  ),
  posted("a form without a boundary", [400, 415], undefined, () => ({ body: "--x", headers: { "content-type": "multipart/form-data" } })),
  posted("a boundary of 300 characters", [400], "LEADER_SERVER_REQUEST", () => ({
    body: `--${"a".repeat(300)}--`,
    headers: { "content-type": `multipart/form-data; boundary=${"a".repeat(300)}` },
  })),
  posted("a form that ends in a file", [400], undefined, () => ({
    body: `--${boundary}\r\ncontent-disposition: form-data; name="picture"; filename="a"\r\n\r\nabc`,
    headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
  })),
  posted("a form without a picture", [400], "LEADER_SERVER_PICTURE_MISSING", () => ({ body: form({ task: "denoise" }) })),
  posted("more than the limit of bytes, in chunks", [413], "LEADER_SERVER_BODY_TOO_LARGE", () => ({
    body: form({ picture: new Uint8Array(1_200_000) }),
  })),
  fields("a file with a path for a name", "LEADER_SERVER_UPLOAD", { task: "denoise", "../../evil": Buffer.from("x") }),
  fields("a program in place of a mask", "LEADER_SERVER_UPLOAD", { task: "inpaint", mask: Buffer.from("\x7fELF\x02\x01\x01") }),
  fields("a field that there is not", "LEADER_SERVER_FIELD", { task: "denoise", command: "1" }),
  fields("a field called constructor", "LEADER_SERVER_REQUEST", { task: "denoise", constructor: "1" }, [400]),
  posted("a field called __proto__", [400, 422], undefined, async () => {
    const body = form({ picture: await png(8), task: "denoise" });
    body.append("__proto__", '{"polluted":true}');
    return { body };
  }),
  posted("the same field twice", [422], "LEADER_SERVER_FIELD", async () => {
    const body = form({ picture: await png(8), task: "denoise" });
    body.append("task", "upscale");
    return { body };
  }),
  posted("100 fields", [400, 413, 422], undefined, async () => ({
    body: form({ picture: await png(8), ...Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`f${i}`, "x"])) }),
  })),
  posted("ten files", [400, 413, 422], undefined, async () => ({
    body: form({
      picture: await png(8),
      ...Object.fromEntries(await Promise.all(Array.from({ length: 10 }, async (_, i) => [`m${i}`, await png(4)] as const))),
    }),
  })),
  fields("a task that there is not", "LEADER_SERVER_FIELD", { task: "rm -rf" }),
  fields("a task and a pipeline", "LEADER_SERVER_FIELD", { task: "denoise", pipeline: quickPipeline() }),
  fields("an option of another task", "LEADER_SERVER_FIELD", { task: "denoise", factor: "2" }),
  fields("a factor that is no number", "LEADER_SERVER_FIELD", { task: "upscale", factor: "NaN" }),
  fields("a factor of 1e9", "LEADER_SERVER_FIELD", { task: "upscale", factor: "1e9" }),
  fields("a seed below zero", "LEADER_SERVER_FIELD", { task: "denoise", seed: "-1" }),
  fields("a param that leads to a file", "LEADER_FILE_NOT_OFFERED", { pipeline: maskByParam, param: "mask=/etc/passwd" }),
  fields("a param that leads to code", "LEADER_PLUGIN_NOT_ALLOWED", { pipeline: maskByParam, param: "stage=./code.js#x" }),
  fields("a param called __proto__", "LEADER_SERVER_FIELD", { pipeline: maskByParam, param: "__proto__=1" }),
  fields("a param called constructor", "LEADER_PARAM_UNKNOWN", { pipeline: maskByParam, param: "constructor=1" }),
  fields("no previews, often", "LEADER_SERVER_FIELD", { task: "denoise", previewEvery: "0" }),
];

const onPictures: readonly HostileCase[] = [
  picture("noise in place of a picture", "LEADER_SERVER_NOT_A_PICTURE", () => Buffer.from("no picture at all")),
  picture(
    "a picture of 2.5 thousand million pixels in 70 bytes",
    "LEADER_SERVER_PIXELS",
    () => pngOf(50_000, 50_000, Buffer.alloc(4)),
    [413],
  ),
  picture(
    "a picture that unpacks to 36 million pixels",
    "LEADER_SERVER_PIXELS",
    () => pngOf(6000, 6000, deflateSync(Buffer.alloc(6001 * 6000))),
    [413],
  ),
  picture("a picture of no pixels", "LEADER_SERVER_NOT_A_PICTURE", () => pngOf(0, 0, Buffer.alloc(0))),
  picture(
    "a drawing that names a file",
    "LEADER_PICTURE_UNREADABLE",
    () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><image href="file:///etc/passwd"/></svg>'),
    [202, 422],
  ),
  picture("a picture that was cut", "LEADER_PICTURE_UNREADABLE", async () => (await png(32)).subarray(0, 200), [202, 422]),
  picture("an archive", "LEADER_SERVER_NOT_A_PICTURE", () => Buffer.from("PK\x03\x04 and so on")),
  posted("a result of a hundred million pixels", [413], "LEADER_SERVER_PIXELS", async () => ({
    body: form({ picture: await png(700), task: "upscale", factor: "16" }),
  })),
];

const withStage = (stage: Readonly<Record<string, unknown>>) => (): string => quickPipeline(stage);
const onPipelines: readonly HostileCase[] = [
  pipeline("code beside the pipeline", "LEADER_PLUGIN_NOT_ALLOWED", withStage({ operator: { use: "./evil.js#x" } })),
  pipeline("code at a path", "LEADER_PLUGIN_NOT_ALLOWED", (secret) => quickPipeline({ operator: { use: `${secret}.js#x` } })),
  pipeline("code at an address", "LEADER_REFERENCE_INVALID", withStage({ operator: { use: "https://evil.example/x.js#x" } })),
  pipeline("a package that is installed and not allowed", "LEADER_PLUGIN_NOT_ALLOWED", withStage({ operator: { use: "yaml#x" } })),
  pipeline("a part of Node", "LEADER_REFERENCE_INVALID", withStage({ operator: { use: "node:child_process#exec" } })),
  pipeline("a stage called constructor", "LEADER_STAGE_NOT_FOUND", withStage({ operator: { use: "leader#constructor" } })),
  pipeline("a mask at a path", "LEADER_FILE_NOT_OFFERED", (secret) =>
    quickPipeline({ operator: { use: "@leader/operators#inpainting", with: { mask: secret } } }),
  ),
  pipeline("its transparency", "LEADER_FILE_NOT_OFFERED", (secret) =>
    quickPipeline({ operator: { use: "@leader/operators#inpainting", with: { mask: `${secret}#alpha` } } }),
  ),
  pipeline(
    "a mask out of the uploads",
    "LEADER_FILE_NOT_OFFERED",
    withStage({ operator: { use: "@leader/operators#inpainting", with: { mask: "upload:../../etc/passwd" } } }),
  ),
  pipeline(
    "a kernel that is a device",
    "LEADER_FILE_NOT_OFFERED",
    withStage({ operator: { use: "@leader/operators#motion-blur", with: { kernel: "/dev/zero" } } }),
  ),
  pipeline(
    "a network at a path",
    "LEADER_FILE_NOT_OFFERED",
    (secret) => quickPipeline({ denoiser: { use: "leader#onnx-file", with: { path: secret } } }),
    [202, 422],
  ),
  pipeline(
    "levels at a path",
    "LEADER_FILE_NOT_OFFERED",
    (secret) => quickPipeline({ denoiser: { use: "leader#gaussian", with: { decay: 0, schedule: { alphaBar: secret } } } }),
    [202, 422],
  ),
  pipeline(
    "a bomb of aliases",
    "LEADER_CONFIG_ALIASES_REFUSED",
    () =>
      `a: &a [x,x,x,x,x,x,x,x,x]\n${["b", "c", "d", "e", "f", "g", "h"].map((k, i) => `${k}: &${k} [${Array<string>(9).fill(`*${"abcdefg"[i]!}`).join(",")}]`).join("\n")}\n`,
  ),
  pipeline("brackets, a thousand deep", "LEADER_CONFIG_TOO_LARGE", () => "[".repeat(1000)),
  pipeline("a key called __proto__", "LEADER_CONFIG_KEY_REFUSED", () => 'apiVersion: leader/v1\n"__proto__": { polluted: true }\n'),
  pipeline("a tag that makes code", "LEADER_CONFIG_TAG_REFUSED", () => "operator: !!js/function 'function(){}'\n"),
  pipeline("a pipeline that is a number", "LEADER_CONFIG_INVALID_VALUE", () => "7"),
  pipeline(
    "a thousand million steps",
    "LEADER_",
    withStage({ scheduler: { use: "leader#uniform", with: { steps: 1_000_000_000 } } }),
    [202, 422],
  ),
  pipeline(
    "a blur of a thousand million pixels",
    "LEADER_",
    withStage({ operator: { use: "@leader/operators#gaussian-blur", with: { size: 1_000_000_001, sigma: 3 } } }),
    [202, 422],
  ),
  pipeline("a process that never answers", "LEADER_TIME_LIMIT", withStage({ backend: { use: "fixture#blocking" } }), [202]),
  pipeline("a process that takes all memory", "LEADER_MEMORY_LIMIT", withStage({ backend: { use: "fixture#hoarding" } }), [202]),
];

/** The list. Every case is answered, or its connection closed; nothing crashes, and no file of the machine is told. */
export const hostileCases: readonly HostileCase[] = [...onPaths, ...onHeaders, ...onBodies, ...onPictures, ...onPipelines];
