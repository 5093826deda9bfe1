import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { normals } from "@leader/core";
import { writePicture } from "leader";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { combine } from "../src/bench/pipelines.js";
import { readBench } from "../src/bench/bench-file.js";
import { sourcePlugins } from "./host-fixture.js";
import { recordsOf, runCli, type CliResult } from "./run-cli.js";

/** The bench as a user meets it, on a prior without weights. */

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

  it("computes nothing twice", async () => {
    const again = await run(whole, ["-o", "out", "--json"]);
    expect(recordsOf(again).map(({ type }) => type)).toEqual(["bench"]);
    expect(await Promise.all(tables.map((name) => read(join(whole, "out"), name)))).toEqual(expected);
  });

  it("ends with the same tables however often it is killed", async () => {
    let kills = 0;
    for (let attempt = 0; attempt < 3; attempt++) {
      // Killed after its first record, right away or a little later: while the next unit is computed or written.
      const delay = 15 * attempt;
      const result = await run(whole, ["-o", "killed", "--no-check"], (child) => {
        child.stderr!.on("data", (chunk: Buffer) => {
          if (/^\[\d\//mu.test(chunk.toString())) setTimeout(() => child.kill("SIGKILL"), delay);
        });
      });
      if (result.code === null) kills++;
    }
    expect(kills).toBeGreaterThanOrEqual(2);
    expect((await run(whole, ["-o", "killed", "--no-check"])).code).toBe(0);
    expect(await Promise.all(tables.map((name) => read(join(whole, "killed"), name)))).toEqual(expected);
    const left = await readdir(join(whole, "killed", "units"));
    expect(left.filter((name) => name.endsWith(".json"))).toHaveLength(6);
  }, 240_000);

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

describe("a bench file with a mistake", () => {
  const plugins = sourcePlugins({
    leader: "leader",
    "@leader/operators": "operators",
    "@leader/baseline-ddnm": "baselines/ddnm",
    "@leader/backend-onnx": "backends/onnx",
  });
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
    expect((await run(folder, ["-o", "out"])).code).toBe(42);
    expect(await readdir(folder)).not.toContain("out");
    expect((await run(folder, ["--shard", "3/2"])).code).toBe(2);
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
