import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readRecord, writePicture } from "leader-restore";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { init } from "../src/commands/init.js";
import { restore } from "../src/commands/restore.js";
import { paramsOf } from "../src/options.js";
import { isStartingTask, startingPipeline, startingTasks } from "../src/init/starting-pipeline.js";
import { OpenPipeline } from "../src/worker/open-pipeline.js";
import { tasksOf } from "../src/worker/handlers.js";
import { readBench } from "../src/bench/bench-file.js";
import { bundledSources } from "./bundled-sources.js";
import { makeFolder, removeFolder } from "./host-fixture.js";
import { recordsOf, runCli, type CliResult } from "./run-cli.js";

// A pipeline that extends a file in another folder, which extends a preset, and declares a param.
const base = `apiVersion: leader/v1
extends: "@leader/presets#ddnm/bicubic-x4"
operator: { use: "@leader/operators#inpainting", with: { mask: ./holes.png } }
`;
const child = `apiVersion: leader/v1
extends: ./lab/base.yaml
noise: 0.02
baseline: { use: "@leader/baseline-ddnm#ddnm-plus" }
params:
  steps: { type: integer, minimum: 2, default: 3, sets: scheduler.with.steps, description: evaluations }
`;

let folder = "";
const at = (path: string): string => join(folder, path);
const leader = (...args: readonly string[]): Promise<CliResult> => runCli(args, { cwd: folder });
beforeAll(async () => {
  folder = await makeFolder({ "p.yaml": child, "lab/base.yaml": base });
  const wave = Float32Array.from({ length: 3 * 16 * 16 }, (_, i) => Math.sin(i / 7) / 2);
  await writePicture(at("photo.png"), { shape: [1, 3, 16, 16], dtype: "float32", data: wave });
  const mask = Float32Array.from({ length: 256 }, (_, i) => (i % 16 < 5 ? -1 : 1));
  await writePicture(at("lab/holes.png"), { shape: [1, 1, 16, 16], dtype: "float32", data: mask });
});
afterAll(() => removeFolder(folder));

const common = { set: [], param: [], json: true, localPlugins: false, overwrite: false, imageIndex: false, strip: false };
const ways = { emit: () => undefined };

describe("a pipeline that extends others and has params", () => {
  it("is made again bit by bit when what it extends is changed or gone", async () => {
    await mkdir(at("out"));
    const options = { ...common, pipeline: at("p.yaml"), param: ["steps=2"], output: at("out/a.png") };
    vi.spyOn(process.stdout, "write").mockReturnValue(true);
    expect(await restore([at("photo.png")], { ...options, inProcess: true, debugReference: false })).toBe(0);
    vi.restoreAllMocks();
    const { record } = await readRecord(at("out/a.png"));
    expect(record.made.stages).toMatchObject({ baseline: { use: "@leader/baseline-ddnm#ddnm-plus" }, scheduler: { with: { steps: 2 } } });
    expect(Object.keys(record.made.files)).toContain("./lab/holes.png");
    await writeFile(at("lab/base.yaml"), base.replace("bicubic-x4", "colorization"));
    await rm(at("p.yaml"));
    const again = await leader("reproduce", "out/a.png", "--json");
    expect(recordsOf(again).at(-1)).toMatchObject({ type: "reproduction", identical: true, differences: [], evaluations: 2 });
    await writeFile(at("lab/base.yaml"), base);
    await writeFile(at("p.yaml"), child);
  });

  it("is explained value by value, and printed as one text, which is the same pipeline", async () => {
    const explained = recordsOf(await leader("explain", "p.yaml", "--param", "steps=7", "--set", "seed=5", "--json"));
    const values = explained.filter(({ type }) => type === "value");
    expect(values.find(({ path }) => path === "operator.with.mask")).toMatchObject({ by: "parent", source: "lab/base.yaml", line: 3 });
    expect(values.find(({ path }) => path === "seed")).toMatchObject({ value: 5, by: "set" });
    expect(explained.find(({ type }) => type === "param")).toMatchObject({ name: "steps", value: 7, given: true, takes: "integer" });
    expect(explained[1]).toMatchObject({ type: "extends", name: "@leader/presets#ddnm/bicubic-x4" });
    const opened = await open("p.yaml", { steps: "7" });
    const printed = await opened.tasks.compose(undefined, ways);
    expect(printed).toContain("# yaml-language-server: $schema=./leader.schema.json\n# Put together with ");
    expect(printed).not.toContain("extends");
    await writeFile(at("whole.yaml"), printed);
    const whole = await open("whole.yaml");
    expect(whole.pipeline.hash).toBe(opened.pipeline.hash);
    // Results replace neither the pipeline nor what it extends.
    expect((await opened.tasks.facts(undefined, ways)).files).toEqual(expect.arrayContaining([at("lab/base.yaml"), at("lab/holes.png")]));
  });

  it("refuses what is no param, with its place, and what is no name=value", async () => {
    await expect(open("p.yaml", { step: "2" })).rejects.toThrow(
      /--param:1:1 LEADER_PARAM_UNKNOWN: .*it has steps[\s\S]*did you mean `steps`/u,
    );
    expect(() => paramsOf(["steps"])).toThrow(expect.objectContaining({ code: "LEADER_CLI_USAGE" }) as Error);
    expect(paramsOf(["a=1", "b=x=y", "a=2"])).toEqual({ a: "2", b: "x=y" });
  });
}, 300_000);

/** In this process; in a folder of its own, paths are relative to it. */
async function open(file: string, params: Readonly<Record<string, string>> = {}) {
  const opened = new OpenPipeline({ noiseThread: false }, bundled);
  const tasks = tasksOf(opened);
  await tasks.open({ file: at(file), set: [], params, localPlugins: false, load: true }, ways);
  return { pipeline: opened.pipeline, tasks };
}

describe("leader init", () => {
  it.each(startingTasks)("%s: the pipeline begins with the modeline, passes the check, also with LEADer in it", async (task) => {
    if (!isStartingTask(task)) throw new Error("no task");
    const text = startingPipeline(task, "start.yaml");
    expect(text.split("\n")[0]).toBe("# yaml-language-server: $schema=./leader.schema.json");
    const withLeader = text
      .replace("# modulator:", "modulator:")
      .replace("# uncertainty:", "uncertainty:")
      .replace(/use: leader#(?:uniform|karras|from-noise)\n(?: {2}with:\n(?: {4}.*\n)+)?/u, "use: leader#satp\n");
    expect(withLeader.match(/^modulator|use: leader#satp/gmu)).toHaveLength(2);
    for (const [name, content] of [
      ["start.yaml", text],
      ["with.yaml", withLeader],
    ] as const) {
      await writeFile(at(name), content);
      const opened = await open(name, { steps: "5" });
      expect((await opened.tasks.check({ height: 32, width: 32 }, ways)).maxSteps).toBeLessThanOrEqual(20);
      expect(opened.pipeline.params.map(({ name: param }) => param)).toContain("steps");
    }
  });

  it("writes it with its schema, asks nothing without a terminal, and writes over nothing", async () => {
    await mkdir(at("new"));
    const written = await leader("init", "-o", "new/first.yaml", "--json");
    expect(written.code, written.stderr).toBe(0);
    const text = await readFile(at("new/first.yaml"), "utf8");
    expect(text).toBe(startingPipeline("upscale", "new/first.yaml"));
    expect(JSON.parse(await readFile(at("new/leader.schema.json"), "utf8"))).toMatchObject({ title: "LEADer pipeline" });
    const again = init({ output: at("new/first.yaml"), task: "deblur", json: true });
    await expect(again).rejects.toThrow(expect.objectContaining({ code: "LEADER_CLI_INIT_EXISTS" }) as Error);
    expect(await readFile(at("new/first.yaml"), "utf8")).toBe(text);
    await expect(init({ output: at("other.yaml"), task: "sharpen", json: true })).rejects.toThrow("there is no task `sharpen`");
  });
}, 300_000);

const bundled = () =>
  Promise.resolve({
    bundled: bundledSources,
    defaults: { denoiser: { use: "leader#gaussian" }, backend: { use: "@leader/backend-onnx#cpu" } },
  });

it("bench files extend others and have params as pipelines do", async () => {
  const bench = `apiVersion: leader-bench/v1
title: small
images: { path: ./lab, size: 16 }
tasks: { fill: { operator: { use: "@leader/operators#denoising" } } }
methods: { ddnm: { baseline: { use: "@leader/baseline-ddnm#ddnm" } } }
metrics: [{ use: psnr }]
params: { limit: { type: integer, minimum: 1, default: 1, sets: images.limit } }
`;
  await mkdir(at("lab/sub"));
  await writePicture(at("lab/sub/one.png"), { shape: [1, 1, 16, 16], dtype: "float32", data: new Float32Array(256) });
  await writeFile(at("lab/bench.yaml"), bench.replace("./lab", "./sub"));
  await writeFile(at("small.yaml"), "apiVersion: leader-bench/v1\nextends: ./lab/bench.yaml\ntitle: other\n");
  const options = { set: [], quick: false, without: [] };
  const read = await readBench(at("small.yaml"), { ...options, params: { limit: "3" } });
  expect(read.file).toMatchObject({ title: "other", images: { limit: 3, size: 16 } });
  expect(read.images).toEqual([at("lab/sub/one.png")]);
  await expect(readBench(at("small.yaml"), { ...options, params: { limit: "0" } })).rejects.toThrow("LEADER_PARAM_INVALID");
});
