import { createRestorer } from "leader-restore";
import { parse } from "yaml";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventsOf, form, png, quickPipeline, serviceFixture, type Fixture } from "./fixture.js";

// Params of a pipeline, set by a request as the command line sets them.

let fixture: Fixture;
let picture: Buffer;
beforeAll(async () => {
  fixture = await serviceFixture();
  picture = await png(8);
});
afterAll(() => fixture[Symbol.asyncDispose]());

const params = {
  steps: { type: "integer", minimum: 2, maximum: 8, default: 4, sets: "scheduler.with.steps" },
  noise: { type: "choice", choices: [0, 0.1, "auto"], sets: "noise" },
  stage: { type: "string", default: "@leader/operators#denoising", sets: "operator.use" },
};
const pipeline = quickPipeline({ params, operator: undefined, scheduler: { use: "leader#uniform" } });

interface Answer {
  readonly id: string;
  readonly code: string;
  readonly message: string;
  readonly links: Readonly<Record<string, string>>;
  readonly diagnostics: readonly Readonly<Record<string, unknown>>[];
}

const get = (path: string, init: RequestInit = {}): Promise<Response> => fetch(new URL(path, fixture.url), init);

async function ask(param: readonly string[], fields: Readonly<Record<string, string>> = { pipeline }): Promise<[number, Answer]> {
  const body = form({ picture, ...fields });
  for (const one of param) body.append("param", one);
  const response = await get("/v1/restorations", { method: "POST", body });
  return [response.status, (await response.json()) as Answer];
}

async function resultOf({ links }: Answer): Promise<Buffer> {
  await eventsOf(await get(links["events"]!));
  return Buffer.from(await (await get(links["result"]!)).arrayBuffer());
}

test("are put in their places, in a form and in the query, and stand in the pipeline that is taken along", async () => {
  await using restorer = await createRestorer(`${pipeline}\n`, { params: { steps: 3, noise: 0.1 } });
  const expected = await (await restorer.restore(picture, { seed: 5 })).toBuffer();
  const [status, job] = await ask(["steps=3", "noise=0.1"], { pipeline, seed: "5" });
  expect(status).toBe(202);
  expect((await resultOf(job)).equals(expected)).toBe(true);
  expect(await (await get(job.links["report"]!)).json()).toMatchObject({ evaluations: 3, pipeline: { noise: 0.1 } });
  const taken = await (await get(job.links["pipeline"]!)).text();
  expect(parse(taken)).toMatchObject({ noise: 0.1, scheduler: { with: { steps: 3 } } });
  expect(taken).not.toContain("params");
  await using again = await createRestorer(taken);
  expect((await (await again.restore(picture, { seed: 5 })).toBuffer()).equals(expected)).toBe(true);

  const query = new URLSearchParams([
    ["pipeline", pipeline],
    ["seed", "5"],
    ["param", "steps=3"],
    ["param", "noise=0.1"],
  ]);
  const headers = { "content-type": "image/png" };
  const raw = await get(`/v1/restorations?${query.toString()}`, { method: "POST", body: new Uint8Array(picture), headers });
  expect((await resultOf((await raw.json()) as Answer)).equals(expected)).toBe(true);
});

test.each([
  ["unknown", ["noise=0", "stps=3"], { code: "LEADER_PARAM_UNKNOWN", hint: "did you mean `steps`?", within: "param", line: 1, column: 1 }],
  ["too large", ["noise=0", "steps=9"], { code: "LEADER_PARAM_INVALID", within: "param", column: 7 }],
  ["of another type", ["noise=0", "steps=many"], { code: "LEADER_PARAM_INVALID", within: "param", column: 7 }],
  ["missing", [], { code: "LEADER_PARAM_MISSING", path: "params.noise", line: 1 }],
  ["a plugin that is not allowed", ["noise=0", "stage=vitest#x"], { code: "LEADER_PLUGIN_NOT_ALLOWED", path: "operator.use" }],
  ["a file", ["noise=0", "stage=./x.js#y"], { code: "LEADER_PLUGIN_NOT_ALLOWED", path: "operator.use" }],
])("a param that is %s is refused at its place", async (_what, param, diagnostic) => {
  const [status, answer] = await ask(param);
  expect([status, answer.code]).toEqual([422, diagnostic.code]);
  expect(answer.diagnostics).toEqual([expect.objectContaining(diagnostic)]);
});

test.each([
  ["set twice", ["steps=3", "steps=4"], "`steps` is set twice"],
  ["without a value", ["steps"], "expected name=value"],
  ["without a name", ["=3"], "expected name=value"],
  ["too many", Array.from({ length: 21 }, (_, i) => `p${i}=1`), "20"],
])("params that are %s are the fault of the field", async (_what, param, problem) => {
  const [status, { code, message }] = await ask(param);
  expect([status, code]).toEqual([422, "LEADER_SERVER_FIELD"]);
  expect(message).toContain("`param");
  expect(message).toContain(problem);
});

test("a task has none, and a wrong field of the query is answered as one of a form", async () => {
  expect(await ask(["steps=3"], { task: "denoise" })).toMatchObject([422, { code: "LEADER_SERVER_FIELD" }]);
  const headers = { "content-type": "image/png" };
  for (const query of ["task=upscale&factor=99", "pipeline=x&param=steps", "task=denoise&strange=1"]) {
    const response = await get(`/v1/restorations?${query}`, { method: "POST", body: new Uint8Array(picture), headers });
    expect([response.status, ((await response.json()) as Answer).code]).toEqual([422, "LEADER_SERVER_FIELD"]);
  }
});

test("the description of the service has them, in the query and in a form", async () => {
  interface Described {
    readonly parameters: readonly { readonly name: string; readonly schema: object }[];
    readonly requestBody: { readonly content: { readonly "multipart/form-data": { readonly schema: { readonly properties: object } } } };
  }
  const { paths } = (await (await get("/openapi.json")).json()) as { paths: Record<string, { post: Described }> };
  const { parameters, requestBody } = paths["/v1/restorations"]!.post;
  const list = { type: "array", items: { type: "string" } };
  expect(parameters.find(({ name }) => name === "param")?.schema).toMatchObject(list);
  expect(requestBody.content["multipart/form-data"].schema.properties).toMatchObject({ param: list });
});
