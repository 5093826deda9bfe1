import { join } from "node:path";
import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPipeline, parsePipeline, type Pipeline, type PipelineOptions } from "../../src/index.js";
import { diagnosticsOf } from "../config-fixture.js";
import { fixturePipeline, fixturePlugin, makeFolder, removeFolder } from "../host-fixture.js";

let folder = "";
const at = (name: string): string => join(folder, name);
const open = (text: string, options: PipelineOptions = {}): Promise<Pipeline> => parsePipeline(text, at("pipeline.yaml"), options);
const refused = async (text: string, options: PipelineOptions = {}): Promise<readonly string[]> =>
  (await diagnosticsOf(open(text, options))).map(
    ({ code, file, line, column }) => `${file.replace(`${folder}/`, "")}:${line}:${column} ${code.replace("LEADER_", "")}`,
  );

/** The params stand after six lines of stages, each on a line of its own. */
const withParams = (params: Readonly<Record<string, string>>, changes: Readonly<Record<string, string>> = {}): string =>
  `${fixturePipeline({ scheduler: '{ use: "leader#uniform" }', ...changes })}params:\n${Object.entries(params)
    .map(([name, text]) => `  ${name}: ${text}\n`)
    .join("")}`;
const steps = "{ type: integer, minimum: 1, maximum: 50, default: 4, sets: scheduler.with.steps, description: how many }";

beforeAll(async () => {
  folder = await makeFolder({
    "package.json": '{ "type": "module" }',
    "fixture.js": fixturePlugin,
    "base.yaml": withParams({ steps, share: "{ type: number, sets: [baseline.with.share, baseline.with.other] }" }),
  });
});
afterAll(() => removeFolder(folder));

describe("a param", () => {
  it("puts its default, or what is given, at its paths, with its type; overrides come last", async () => {
    const text = withParams({
      steps,
      share: "{ type: number, default: 0.5, sets: [baseline.with.share, baseline.with.other] }",
      fast: "{ type: boolean, default: false, sets: baseline.with.fast }",
      label: '{ type: string, default: "7", sets: baseline.with.label }',
      half: "{ type: choice, choices: [1, two, true], default: two, sets: baseline.with.half }",
    });
    const stage = ({ config }: Pipeline): unknown => config.baseline.with;
    expect(stage(await open(text))).toEqual({ share: 0.5, other: 0.5, fast: false, label: "7", half: "two" });
    const given = await open(text, { params: { steps: "9", share: "1e-1", fast: "true", label: "8", half: "1" } });
    expect(stage(given)).toEqual({ share: 0.1, other: 0.1, fast: true, label: "8", half: 1 });
    expect(given.config.scheduler.with).toMatchObject({ steps: 9 });
    expect(given.params[0]).toEqual({
      ...{ name: "steps", description: "how many", type: "integer", minimum: 1, maximum: 50, default: 4 },
      ...{ value: 9, given: true, sets: ["scheduler.with.steps"] },
    });
    const set = await open(text, { params: { steps: 9 }, set: ["scheduler.with.steps=3"] });
    expect(set.config.scheduler.with).toMatchObject({ steps: 3 });
    expect((await open(text, { params: { steps: 4 } })).hash).toBe((await open(text)).hash);
  });

  it("of a parent may be given, stated over, given another default or taken away", async () => {
    const child = (rest: string): string => `apiVersion: leader/v1\nextends: ./base.yaml\n${rest}`;
    const options = { params: { share: 0.2 } };
    expect((await open(child(""), options)).config.baseline.with).toEqual({ share: 0.2, other: 0.2 });
    const stated = child("baseline: { with: { share: 1, other: 2 } }\nscheduler: { with: { steps: 7 } }\n");
    expect((await open(stated)).config).toMatchObject({ baseline: { with: { share: 1, other: 2 } }, scheduler: { with: { steps: 7 } } });
    expect((await open(stated, { params: { steps: 8 } })).config.scheduler.with).toMatchObject({ steps: 8 });
    const other = await open(child("params: { steps: { default: 6 } }\n"), options);
    expect(other.config.scheduler.with).toMatchObject({ steps: 6 });
    expect(other.explain().find(({ path }) => path === "scheduler.with.steps")).toMatchObject({
      by: "param",
      param: "steps",
      source: at("pipeline.yaml"),
      line: 3,
      column: 29,
    });
    const away = child("params: { share: null }\n");
    expect((await open(away)).params.map(({ name }) => name)).toEqual(["steps"]);
    expect(await refused(away, options)).toEqual(["--param:1:1 PARAM_UNKNOWN"]);
    // A stage of another use has no place for the default of the one below it.
    const stage = await open(child('scheduler: { use: "leader#square-root" }\n'), options);
    expect(stage.config.scheduler).toMatchObject({ use: "leader#square-root", with: { steps: 100 } });
  });

  it("is there in code, too", async () => {
    const pipeline = await createPipeline({ extends: "./base.yaml" }, { directory: folder, params: { share: 0.3, steps: 2 } });
    expect(pipeline.config).toMatchObject({ baseline: { with: { share: 0.3 } }, scheduler: { with: { steps: 2 } } });
  });
});

describe("errors stand where what is wrong stands", () => {
  it.each([
    ["unknown", { steps }, { step: 3 }, "--param:1:1 PARAM_UNKNOWN"],
    ["too small", { steps }, { steps: 0 }, "--param:1:7 PARAM_INVALID"],
    ["too large", { steps }, { steps: "51" }, "--param:1:7 PARAM_INVALID"],
    ["no whole number", { steps }, { steps: "2.5" }, "--param:1:7 PARAM_INVALID"],
    ["no number", { steps }, { steps: "many" }, "--param:1:7 PARAM_INVALID"],
    ["empty", { steps }, { steps: "" }, "--param:1:7 PARAM_INVALID"],
    ["neither true nor false", { fast: "{ type: boolean, sets: baseline.with.fast }" }, { fast: "yes" }, "--param:1:6 PARAM_INVALID"],
    ["no choice", { half: "{ type: choice, choices: [a, b], sets: baseline.with.half }" }, { half: "c" }, "--param:1:6 PARAM_INVALID"],
    ["missing", { half: "{ type: number, sets: baseline.with.half }" }, {}, "pipeline.yaml:8:3 PARAM_MISSING"],
    ["a default of another type", { a: "{ type: number, default: x, sets: baseline.with.a }" }, {}, "pipeline.yaml:8:31 PARAM_INVALID"],
    [
      "a default out of bounds, though given",
      { a: "{ type: number, default: 3, maximum: 2, sets: seed }" },
      { a: 1 },
      "pipeline.yaml:8:31 PARAM_INVALID",
    ],
    ["a path that is stated", { a: "{ type: string, default: x, sets: baseline.use }" }, {}, "pipeline.yaml:4:18 PARAM_CONFLICT"],
    ["a path through a value", { a: "{ type: number, default: 3, sets: apiVersion.x }" }, {}, "pipeline.yaml:8:40 PARAM_PATH"],
    [
      "a path of two params",
      { a: "{ type: number, default: 3, sets: seed }", b: "{ type: number, default: 3, sets: seed }" },
      {},
      "pipeline.yaml:9:40 PARAM_CONFLICT",
    ],
    ["choices of a number", { a: "{ type: number, choices: [1], sets: seed }" }, {}, "pipeline.yaml:8:31 CONFIG_INVALID_VALUE"],
    ["no type", { a: "{ sets: seed }" }, {}, "pipeline.yaml:8:3 CONFIG_MISSING_KEY"],
    ["an odd name", { "a b": "{ type: number, sets: seed }" }, {}, "pipeline.yaml:8:3 CONFIG_INVALID_VALUE"],
    ["a value that its stage refuses", { a: "{ type: number, default: -3, sets: seed }" }, {}, "pipeline.yaml:8:31 CONFIG_INVALID_VALUE"],
    [
      "a given value that its stage refuses",
      { a: "{ type: number, default: 3, sets: seed }" },
      { a: -3 },
      "--param:1:3 CONFIG_INVALID_VALUE",
    ],
  ])("%s", async (_what, params, given, expected) => {
    expect(await refused(withParams(params), { params: given })).toEqual([expected]);
  });

  it("params are no place for overrides", async () => {
    expect(await refused(withParams({ steps }), { set: ["params.steps.default=3"] })).toEqual(["--set:1:1 OVERRIDE_INVALID"]);
  });
});

it("every value after defaults is explained", async () => {
  await writeFile(at("parent.yaml"), `apiVersion: leader/v1\nextends: "@leader/presets#ddnm/bicubic-x4"\nnoise: 0.05\n`);
  const text = `apiVersion: leader/v1\nextends: ./parent.yaml\nbaseline: { with: { eta: 0.5 } }\nparams:\n  steps: { type: integer, default: 20, sets: scheduler.with.steps }\n`;
  const pipeline = await open(text, { params: { steps: 10 }, set: ["seed=3"] });
  const explained = new Map(pipeline.explain().map(({ path, ...rest }) => [path, rest]));
  const [here, parent, preset] = [at("pipeline.yaml"), at("parent.yaml"), "@leader/presets#ddnm/bicubic-x4"];
  expect(explained.get("baseline.with.eta")).toEqual({ value: 0.5, by: "pipeline", source: here, line: 3, column: 26 });
  expect(explained.get("noise")).toEqual({ value: 0.05, by: "parent", source: parent, line: 3, column: 8 });
  expect(explained.get("operator.with.factor")).toMatchObject({ value: 4, by: "preset", source: preset });
  expect(explained.get("scheduler.with.steps")).toEqual({ value: 10, by: "param", param: "steps", source: "--param", line: 1, column: 7 });
  expect(explained.get("seed")).toEqual({ value: 3, by: "set", source: "--set", line: 1, column: 6 });
  expect(explained.get("baseline.with.travelFrom")).toEqual({ value: "x0", by: "stage", source: "@leader/baseline-ddnm#ddnm" });
  expect(explained.get("backend.use")).toEqual({ value: "@leader/backend-onnx#cpu", by: "program", source: "leader" });
  expect(explained.get("samples")).toEqual({ value: 1, by: "program", source: "leader" });
  expect(explained.get("meanOf")).toEqual({ value: 1, by: "program", source: "leader" });
  // Nothing of the pipeline is left out; one sample is the rule, and no part of what is kept of it.
  const { apiVersion: _version, ...config } = pipeline.config;
  expect([...explained.keys()].length).toBe(leafCount({ samples: 1, meanOf: 1, ...config }));
});

it("each end of noise that grows is explained by who stated it", async () => {
  const text = `apiVersion: leader/v1\nextends: "@leader/presets#ddnm/bicubic-x4"\nnoise: { black: 0.01, white: 0.1 }\n`;
  const pipeline = await open(text, { set: ["noise.white=0.2"] });
  const noise = pipeline.explain().filter(({ path }) => path.startsWith("noise"));
  expect(noise).toEqual([
    { path: "noise.black", value: 0.01, by: "pipeline", source: at("pipeline.yaml"), line: 3, column: 17 },
    { path: "noise.white", value: 0.2, by: "set", source: "--set", line: 1, column: 13 },
  ]);
});

const leafCount = (value: unknown): number =>
  typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
    ? Object.values(value).reduce<number>((sum, one) => sum + leafCount(one), 0)
    : 1;
