import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { HostTensor } from "@leader/graph";
import type { MetricValue } from "@leader/metrics";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { combine } from "../src/bench/pipelines.js";
import { readBench } from "../src/bench/bench-file.js";
import { MetricSet } from "../src/bench/metric-set.js";
import { bench, benchFolders, run } from "./bench-fixture.js";
import { sourcePlugins } from "./host-fixture.js";
import { recordsOf } from "./run-cli.js";

/** What a bench file says, and what is refused. */

let folders: Awaited<ReturnType<typeof benchFolders>>;
let whole = "";
beforeAll(async () => {
  folders = await benchFolders();
  whole = await folders.fresh();
});
afterAll(async () => {
  await folders.remove();
});

const plugins = sourcePlugins({
  "@leader/operators": "operators",
  "@leader/baseline-ddnm": "baselines/ddnm",
  "@leader/backend-onnx": "backends/onnx",
});

describe("a bench file with a mistake", () => {
  const mistakes: readonly [string, (text: string) => string, RegExp][] = [
    ["a method's stage", (t) => t.replace("ddnm#ddnm", "ddnm#ddmn"), /b\.yaml:11:22 LEADER_STAGE_NOT_FOUND.*ddmn/u],
    ["an option of a stage", (t) => t.replace("steps: 4", "stepz: 4"), /b\.yaml:12:49 LEADER_CONFIG_UNKNOWN_KEY.*stepz/u],
    ["the folder of pictures", () => bench("nowhere"), /b\.yaml:3:17 LEADER_CLI_BENCH_IMAGES_MISSING: nowhere holds no pictures/u],
    ["a metric", (t) => t.replace("use: psnr", "use: pnsr"), /b\.yaml:19:18 LEADER_CONFIG_INVALID_VALUE/u],
    [
      "an option of a metric",
      (t) => t.replace("use: psnr", "use: psnr, file: x"),
      /b\.yaml:19:24 LEADER_CLI_BENCH_METRIC_OPTION: the metric `psnr` has no option `file`/u,
    ],
    [
      "a network for LPIPS",
      (t) => t.replace("use: psnr", "use: lpips, name: psnr, file: no.onnx"),
      /b\.yaml:19:43 LEADER_CLI_BENCH_LPIPS_MISSING[^]*leader import-lpips/u,
    ],
    [
      "the name of a method",
      (t) => t.replace("  leader:", "  Leader:"),
      /b\.yaml:13:3 LEADER_CONFIG_INVALID_VALUE: `methods` of the bench: expected a name of small letters, digits, dots and dashes, received "Leader"/u,
    ],
    [
      "a name in a claim",
      (t) => t.replace("than: ddnm", "than: dnmd"),
      /b\.yaml:23:47 LEADER_CLI_BENCH_UNKNOWN_NAME: `dnmd` is no method of this bench; it has ddnm, leader/u,
    ],
    [
      "an option of a sweep",
      (t) =>
        t.replace("title: DDNM + LEADer", "sweep: { grid: { modulator.with.fidelty: [0, 1] } }").replace(/claims:[^]*?paper/u, "paper"),
      /b\.yaml:\d+:\d+ LEADER_CONFIG_UNKNOWN_KEY[^]*fidelity/u,
    ],
    [
      "a curve to compare with",
      (t) => `${t}frontiers: [{ method: leader, than: dnmd }]\n`,
      /b\.yaml:26:37 LEADER_CLI_BENCH_UNKNOWN_NAME: `dnmd` is no method of this bench/u,
    ],
    ["a stage of another kind", (t) => t.replace("leader#ucpm", "leader#satp"), /b\.yaml:17:23 LEADER_STAGE_KIND_MISMATCH/u],
    [
      "two metrics of one name",
      (t) => t.replace("use: distance, to: ddnm", "use: psnr, crop: 4"),
      /b\.yaml:19:45 LEADER_CLI_BENCH_METRIC_TWICE/u,
    ],
  ];
  it.each(mistakes)("%s is refused early, at its place", async (_, edit, message) => {
    const folder = await folders.fresh(edit(bench()));
    const check = async (): Promise<unknown> => {
      const read = await readBench(join(folder, "b.yaml"), { set: [], quick: false, without: [] });
      return await combine(read, { bundled: plugins });
    };
    await expect(check()).rejects.toThrow(message);
  });

  it("ends the command before anything is written", async () => {
    const folder = await folders.fresh(bench("nowhere"));
    const refused = await run(folder, ["-o", "out", "--json"]);
    expect(refused.code).toBe(42);
    const place = { code: "LEADER_CLI_BENCH_IMAGES_MISSING", path: "images.path", line: 3, column: 17 };
    expect(recordsOf(refused)).toMatchObject([{ type: "error", diagnostics: [place] }]);
    expect(await readdir(folder)).not.toContain("out");
    expect((await run(folder, ["--shard", "3/2"])).code).toBe(2);
  });
});

describe("the rank correlation of predicted variance and squared error", () => {
  const judged = ["metrics=[{ use: rank-correlation, over: pixels }]", "claims=[]"];
  const options = { quick: true, without: [] };

  it("is measured on what the run predicted", async () => {
    const args = [...judged, "common.uncertainty={ use: leader#stein }"].flatMap((set) => ["--set", set]);
    const result = await run(whole, ["-o", "judged", "--quick", "--no-check", "--json", ...args]);
    expect(result.code).toBe(0);
    const units = recordsOf(result).filter(({ type }) => type === "unit");
    expect(units).toHaveLength(2);
    for (const unit of units) {
      const { identity, value } = (unit["metrics"] as Readonly<Record<string, MetricValue>>)["rank-correlation"]!;
      expect(identity).toMatchObject({ name: "rank correlation", variant: "variance with squared error, pixels, up to 12 steps" });
      expect(Math.abs(value)).toBeLessThan(1);
      // A variance that is the same everywhere orders nothing and has 0.
      expect(value).not.toBe(0);
    }
  }, 60_000);

  it("is measured on the variance of samples", async () => {
    const options = ["-o", "sampled", "--quick", "--no-check", "--json"];
    const result = await run(whole, [
      ...options,
      ...[...judged, "methods.ddnm.samples=3", "methods.leader.samples=2"].flatMap((set) => ["--set", set]),
    ]);
    expect(result.code).toBe(0);
    const units = recordsOf(result).filter(({ type }) => type === "unit");
    expect(units.map(({ method, evaluations }) => [method, evaluations])).toEqual([
      ["ddnm", 12],
      ["leader", 8],
    ]);
    for (const unit of units) {
      const { value } = (unit["metrics"] as Readonly<Record<string, MetricValue>>)["rank-correlation"]!;
      expect(Math.abs(value)).toBeLessThan(1);
      expect(value).not.toBe(0);
    }
  }, 60_000);

  it("is 1 for the right order, and 0 for a prediction that orders nothing", async () => {
    const reference: HostTensor = { shape: [1, 1, 4, 4], dtype: "float32", data: new Float32Array(16) };
    const x0 = { ...reference, data: Float32Array.from({ length: 16 }, (_, i) => i / 16) };
    const measured = async (variance: HostTensor): Promise<number> => {
      const bench = await readBench(join(whole, "b.yaml"), { ...options, set: judged });
      await using metrics = await MetricSet.open(bench, () => undefined);
      const frames = [{ step: 0, stride: 1, preview: x0, x0, variance }];
      const unused = (): never => {
        throw new Error("not needed");
      };
      const values = await metrics.measure({ image: x0, reference, y: x0, frames, project: unused, resultOf: unused });
      return values["rank-correlation"]!.value;
    };
    expect(await measured(x0)).toBeCloseTo(1, 12);
    expect(await measured({ ...x0, data: x0.data.map((v) => -v) })).toBeCloseTo(-1, 12);
    expect(await measured({ shape: [1, 1, 1, 1], dtype: "float32", data: Float32Array.of(0.1) })).toBe(0);
  });

  it("is refused for a method that predicts no variance, at its place", async () => {
    const bench = await readBench(join(whole, "b.yaml"), { ...options, set: judged });
    await expect(combine(bench, { bundled: plugins })).rejects.toThrow(
      /b\.yaml:11:5 LEADER_CLI_BENCH_NO_UNCERTAINTY: the metric `rank-correlation` judges a predicted variance, and ddnm on sr2 predicts none/u,
    );
  });
});

describe("the small size", () => {
  it("takes the place of the whole one", async () => {
    const { images, file } = await readBench(join(whole, "b.yaml"), { set: ["images.limit=2"], quick: true, without: ["residual"] });
    expect(images).toHaveLength(1);
    expect(file.metrics.map(({ use }) => use)).toEqual(["psnr", "distance"]);
    expect(file.claims.map(({ text }) => text)).toEqual(["UCPM helps"]);
  });

  it("and a metric that is left out must be there", async () => {
    await expect(readBench(join(whole, "b.yaml"), { set: [], quick: false, without: ["lpips"] })).rejects.toThrow(/has no such metric/u);
  });
});
