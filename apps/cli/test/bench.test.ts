import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { normals, type HostTensor } from "@leader/graph";
import type { MetricValue } from "@leader/metrics";
import { writePicture } from "leader-restore";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { combine } from "../src/bench/pipelines.js";
import { readBench } from "../src/bench/bench-file.js";
import { MetricSet } from "../src/bench/metric-set.js";
import { sourcePlugins } from "./host-fixture.js";
import { recordsOf, runCli, type CliResult } from "./run-cli.js";

/** The bench as a user meets it, on a prior without weights. */

/** How often the bench is killed while it works. LEADER_KILL_CYCLES=20 is the long form of the test. */
const killCycles = Number(process.env["LEADER_KILL_CYCLES"] ?? 3);

let root = "";
let number = 0;
const tables = ["table.md", "table.csv", "table.json"];

const bench = (images = "images"): string => `apiVersion: leader-bench/v1
title: Tiny
images: { path: ${images}, size: 16 }
common:
  denoiser: { use: "leader#gaussian" }
tasks:
  sr2:
    operator: { use: "@leader/operators#super-resolution", with: { factor: 2, method: average-pool } }
methods:
  ddnm:
    baseline: { use: "@leader/baseline-ddnm#ddnm" }
    scheduler: { use: "leader#uniform", with: { steps: 4 } }
  leader:
    title: DDNM + LEADer
    against: ddnm
    baseline: { use: "@leader/baseline-ddnm#ddnm" }
    modulator: { use: "leader#ucpm" }
    scheduler: { use: "leader#satp", with: { steps: 4 } }
metrics: [{ use: psnr }, { use: residual }, { use: distance, to: ddnm }]
claims:
  - { text: data fidelity, method: leader, metric: residual, atMost: 1.0e-5 }
  - { text: impossible, method: leader, metric: residual, atMost: 1.0e-12 }
  - { text: UCPM helps, method: leader, than: ddnm, metric: psnr }
paper: { source: "a paper", values: { ddnm: { sr2: { psnr: 30.25, seconds: 2 } } } }
quick: { images: { limit: 1 } }
`;

async function picture(path: string, image: number, height = 18, width = 20): Promise<void> {
  const data = normals({ seed: 0, image, step: 0, name: "bench" }, 3 * height * width).map((z) => Math.tanh(z / 2));
  await writePicture(path, { shape: [1, 3, height, width], dtype: "float32", data });
}

/** A folder with a bench file and three pictures. */
async function fresh(text = bench()): Promise<string> {
  const folder = join(root, String(number++));
  await mkdir(join(folder, "images"), { recursive: true });
  await writeFile(join(folder, "b.yaml"), text);
  for (let i = 0; i < 3; i++) await picture(join(folder, "images", `p${i}.png`), i);
  return folder;
}

const run = (cwd: string, args: readonly string[], started?: Parameters<typeof runCli>[1]["started"]): Promise<CliResult> =>
  runCli(["bench", "-p", "b.yaml", ...args], { cwd, ...(started === undefined ? {} : { started }) });
const read = (folder: string, name: string): Promise<string> => readFile(join(folder, name), "utf8");

let whole = "";
let expected: readonly string[] = [];
let first: CliResult;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "leader-bench-"));
  whole = await fresh();
  first = await run(whole, ["-o", "out", "--json"]);
  expected = await Promise.all(tables.map((name) => read(join(whole, "out"), name)));
}, 60_000);
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

describe("a bench", () => {
  it("tells every unit as one line of JSON, and writes tables", () => {
    expect(first.code).toBe(0);
    const records = recordsOf(first);
    const units = records.filter(({ type }) => type === "unit");
    expect(units).toHaveLength(6);
    expect(units[0]).toMatchObject({ method: "ddnm", task: "sr2", image: "p0", seed: 0, status: "ok", evaluations: 4, warm: false });
    expect(units[0]).toMatchObject({ metrics: { distance: { value: 0 }, psnr: { identity: { name: "PSNR", colour: "rgb", crop: 0 } } } });
    expect(units[4]).toMatchObject({ method: "leader", warm: true });
    expect(records.at(-1)).toMatchObject({ type: "bench", complete: true, failed: 0 });
  });

  it("states identities, the paper's numbers as the paper's, and what it cannot test", () => {
    const [markdown, csv, json] = expected;
    expect(markdown).toMatch(/psnr: PSNR \(rgb, \[0,1\] clamped, no crop, v1\), higher is better/u);
    expect(markdown).toMatch(/\| psnr \(paper\) \|/u);
    expect(markdown).toMatch(/\| ddnm \| .* \| 30\.25 \|/u);
    expect(markdown).not.toMatch(/seconds/u);
    expect(markdown).toMatch(/to ddnm \(not tested: fewer than 6 pictures\)/u);
    expect(csv!.trim().split("\n")).toHaveLength(1 + 2 * 4);
    const claims = (JSON.parse(json!) as { readonly claims: readonly { readonly verdict: string }[] }).claims;
    expect(claims.map(({ verdict }) => verdict)).toEqual(["holds", "does not hold", "too few pictures"]);
  });

  it("keeps what depends on the clock in a file of its own", async () => {
    expect(await read(join(whole, "out"), "cost.md")).toMatch(/\| sr2 \| DDNM \+ LEADer \| \d+\.\d+ \|/u);
    expect((await read(join(whole, "out"), "results.jsonl")).trim().split("\n")).toHaveLength(6);
  });

  it("sweeps options, and compares and draws the curves", async () => {
    const swept = bench()
      .replace('baseline: { use: "@leader/baseline-ddnm#ddnm" }', "$&\n    sweep: { grid: { baseline.with.eta: [0.3, 0.9] } }")
      .replace('modulator: { use: "leader#ucpm" }', "$&\n    sweep: { grid: { modulator.with.fidelity: [0, 1] } }")
      .replace("    against: ddnm\n", "")
      .replace(
        /metrics:[^]*?quick/u,
        "metrics: [{ use: psnr }, { use: residual, name: lpips }]\nfrontiers: [{ method: leader, than: ddnm }]\nquick",
      );
    const folder = await fresh(swept);
    const result = await run(folder, ["-o", "out", "--json"]);
    expect(result.code).toBe(0);
    expect(recordsOf(result).filter(({ type }) => type === "unit")).toHaveLength(4 * 3);
    const [markdown, svg] = await Promise.all([read(join(folder, "out"), "table.md"), read(join(folder, "out"), "frontier-sr2.svg")]);
    expect(markdown).toMatch(/\| leader against ddnm \| sr2 \| fidelity 0 \| 4\.0 \|/u);
    expect(markdown).toContain("![sr2](frontier-sr2.svg)");
    expect(svg.match(/<circle /gu)).toHaveLength(4);
  });

  it("computes nothing twice", async () => {
    const again = await run(whole, ["-o", "out", "--json"]);
    expect(recordsOf(again).map(({ type }) => type)).toEqual(["bench"]);
    expect(await Promise.all(tables.map((name) => read(join(whole, "out"), name)))).toEqual(expected);
  });

  it(`ends with the same tables after being killed ${killCycles} times, and computes nothing twice`, async () => {
    const many = ["--no-check", "--set", `seeds=[${Array.from({ length: killCycles }, (_, seed) => seed).join(",")}]`];
    const units = 6 * killCycles;
    expect((await run(whole, ["-o", "unbroken", ...many])).code).toBe(0);
    const recordLine = /^\[\d+\//gmu;
    let [kills, recorded] = [0, 0];
    for (let attempt = 0; attempt < killCycles; attempt++) {
      // Right after its first, second or third record, or a little later: while the next unit is computed, written or counted.
      const [least, delay] = [1 + (attempt % 3), attempt % 7];
      let seen = 0;
      const result = await run(whole, ["-o", "killed", ...many], (child) => {
        child.stderr!.on("data", (chunk: Buffer) => {
          seen += chunk.toString().match(recordLine)?.length ?? 0;
          if (seen >= least) setTimeout(() => child.kill("SIGKILL"), delay);
        });
      });
      if (result.code === null) kills++;
      recorded += result.stderr.match(recordLine)?.length ?? 0;
    }
    expect(kills).toBe(killCycles);
    expect(recorded).toBeGreaterThanOrEqual(killCycles);
    const last = await run(whole, ["-o", "killed", ...many]);
    expect(last.code).toBe(0);
    expect(recorded + last.stderr.match(recordLine)!.length).toBeLessThanOrEqual(units);
    for (const name of tables) expect(await read(join(whole, "killed"), name)).toBe(await read(join(whole, "unbroken"), name));
    const left = await readdir(join(whole, "killed", "units"));
    expect(left.filter((name) => name.endsWith(".json"))).toHaveLength(units);
  }, 600_000);

  it("gives the same tables from shards", async () => {
    const one = await run(whole, ["-o", "shards", "--shard", "1/2", "--no-check"]);
    expect(one.stdout).toMatch(/\d of 6 units are done; run the other shards/u);
    expect((await run(whole, ["-o", "shards", "--shard", "2/2", "--no-check"])).code).toBe(0);
    expect(await Promise.all(tables.map((name) => read(join(whole, "shards"), name)))).toEqual(expected);
  }, 240_000);
});

describe("units that fail", () => {
  it("are counted, do not stop the others, and are tried again when told to", async () => {
    const folder = await fresh();
    await writeFile(join(folder, "images", "p1.png"), "no picture");
    await picture(join(folder, "images", "p2.png"), 2, 12, 40);
    const result = await run(folder, ["-o", "out", "--no-check"]);
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/p1 seed 0: failed: LEADER_PICTURE_UNREADABLE/u);
    expect(result.stderr).toMatch(/12x40, smaller than the 16x16/u);
    expect(result.stdout).toMatch(/\| 2 of 3 \|/u);
    await picture(join(folder, "images", "p2.png"), 2);
    const mended = await run(folder, ["-o", "out", "--no-check"]);
    expect(mended.stderr).not.toMatch(/p1 seed/u);
    expect(mended.stdout).toMatch(/\| 1 of 3 \|/u);
    expect((await run(folder, ["-o", "out", "--retry-failed", "--no-check"])).stderr).toMatch(/p1 seed 0: failed/u);
  }, 240_000);
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
    const folder = await fresh(edit(bench()));
    const check = async (): Promise<unknown> => {
      const read = await readBench(join(folder, "b.yaml"), { set: [], quick: false, without: [] });
      return await combine(read, { bundled: plugins });
    };
    await expect(check()).rejects.toThrow(message);
  });

  it("ends the command before anything is written", async () => {
    const folder = await fresh(bench("nowhere"));
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
    const result = await run(whole, ["-o", "judged", "--quick", "--json", ...args]);
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
