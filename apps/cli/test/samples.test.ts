import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readNpy, readPicture, readRecord, writePicture } from "leader-restore";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFolder, removeFolder } from "./host-fixture.js";
import { recordsOf, runCli, type CliResult } from "./run-cli.js";

const pipeline = `apiVersion: leader/v1
operator: { use: "@leader/operators#super-resolution", with: { factor: 4, method: bicubic } }
baseline: { use: "@leader/baseline-ddnm#ddnm" }
scheduler: { use: "leader#uniform", with: { steps: 3 } }
`;

let folder = "";
const at = (path: string): string => join(folder, path);
const leader = (...args: readonly string[]): Promise<CliResult> => runCli(args, { cwd: folder });
const valuesOf = async (path: string): Promise<readonly number[]> => [...(await readPicture(at(path))).tensor.data];

beforeAll(async () => {
  folder = await makeFolder({ "package.json": '{ "type": "module" }', "p.yaml": pipeline });
  const wave = (side: number): Float32Array => Float32Array.from({ length: 3 * side * side }, (_, i) => Math.sin(i / 5) / 2);
  await mkdir(at("in"));
  await writePicture(at("in/small.png"), { shape: [1, 3, 8, 8], dtype: "float32", data: wave(8) });
  const hole = Float32Array.from({ length: 32 * 32 }, (_, i) => (Math.hypot((i % 32) - 16, Math.floor(i / 32) - 14) < 5 ? -1 : 1));
  await writePicture(at("mask.png"), { shape: [1, 1, 32, 32], dtype: "float32", data: hole });
  await writePicture(at("clean.png"), { shape: [1, 3, 32, 32], dtype: "float32", data: wave(32) });
  const made = await leader(
    "restore",
    "-p",
    "p.yaml",
    "in/small.png",
    "-o",
    "out.png",
    "--samples",
    "3",
    "--reference",
    "clean.png",
    "--report",
    "runs",
    "--json",
  );
  expect(made).toMatchObject({ code: 0 });
  const result = recordsOf(made).find(({ type }) => type === "result");
  expect(result).toMatchObject({ evaluations: 9, spread: { samples: 3 } });
  expect(Object.keys(result!["spread"] as object)).toEqual(["samples", "deviation", "psnrOfMean"]);
}, 120_000);
afterAll(() => removeFolder(folder));

describe("several restorations of one picture", () => {
  it.each([
    ["upscale", "clean.png", "-x", "2"],
    ["upscale", "clean.png", "-x", "2", "--noise", "0.02"],
    ["denoise", "clean.png", "--noise", "0.1"],
    ["inpaint", "clean.png", "--mask", "mask.png"],
    ["deblur", "clean.png", "--gaussian", "1"],
    ["deblur", "clean.png", "--kernel", "mask.png"],
    ["colorize", "clean.png"],
  ])(
    "differ: %s %s %s %s",
    async (...args) => {
      const { code, stdout, stderr } = await leader(
        ...args,
        "--samples",
        "2",
        "--quality",
        "draft",
        "-o",
        "task.png",
        "--overwrite",
        "--json",
      );
      expect(code, stderr).toBe(0);
      const { spread } = JSON.parse(stdout.trim().split("\n").at(-1)!) as {
        readonly spread: { readonly deviation: { readonly largest: number } };
      };
      expect(spread.deviation.largest).toBeGreaterThan(2 / 255);
    },
    60_000,
  );

  it("that are equal are said to be", async () => {
    const idpg = "baseline={ use: '@leader/baseline-ddpg#idpg' }";
    const same = await leader(
      "restore",
      "-p",
      "p.yaml",
      "in/small.png",
      "-o",
      "same.png",
      "--samples",
      "2",
      "--set",
      idpg,
      "--set",
      "scheduler.with.steps=12",
    );
    expect(same.stdout, same.stderr).toContain("the samples are equal");
  }, 60_000);

  it("are files of their own, the first of which is the restoration alone", async () => {
    expect(await leader("restore", "-p", "p.yaml", "in/small.png", "-o", "alone.png")).toMatchObject({ code: 0 });
    expect(await valuesOf("out.png")).toEqual(await valuesOf("alone.png"));
    const all = await Promise.all(["out.png", "out.sample-2.png", "out.sample-3.png"].map(valuesOf));
    expect(new Set(all.map(String)).size).toBe(3);
    // Within the rounding to 8 bits of four files.
    const mean = await valuesOf("out.mean.png");
    const furthest = Math.max(...mean.map((value, i) => Math.abs(value - (all[0]![i]! + all[1]![i]! + all[2]![i]!) / 3)));
    expect(furthest).toBeLessThan(2.1 / 255);
    const deviation = await readPicture(at("out.deviation.png"));
    expect(deviation.tensor.shape).toEqual([1, 1, 32, 32]);
    expect(Math.max(...deviation.tensor.data)).toBe(1);
  });

  it("carry records by which each is made again", async () => {
    const images = await Promise.all(
      ["out.png", "out.sample-2.png", "out.sample-3.png"].map(async (name) => (await readRecord(at(name))).record.made.image),
    );
    expect(images.map((image) => image - images[0]!)).toEqual([0, 1, 2]);
    const again = await leader("reproduce", "out.sample-3.png", "--input", "in/small.png", "--json");
    expect(recordsOf(again).at(-1)).toMatchObject({ identical: true });
  });

  it("are measured exactly as arrays", async () => {
    expect(await leader("restore", "-p", "p.yaml", "in/small.png", "-o", "array.npy", "--set", "samples=2")).toMatchObject({ code: 0 });
    const [first, second, mean, deviation] = await Promise.all(
      ["array.npy", "array.sample-2.npy", "array.mean.npy", "array.deviation.npy"].map(async (name) => (await readNpy(at(name))).data),
    );
    for (const i of [0, 17, 999]) {
      expect(mean![i]).toBeCloseTo((first![i]! + second![i]!) / 2, 6);
      expect(deviation![i]).toBeCloseTo(Math.abs(first![i]! - second![i]!) / Math.SQRT2, 6);
    }
  });

  it("replace nothing, and are made once in a folder", async () => {
    await writeFile(at("new.mean.png"), "mine");
    const refused = await leader("restore", "-p", "p.yaml", "in/small.png", "-o", "new.png", "--samples", "2", "--json");
    expect(refused.code).not.toBe(0);
    expect(recordsOf(refused).at(-1)).toMatchObject({ code: "LEADER_CLI_OUTPUT_EXISTS" });
    expect((await readdir(folder)).filter((name) => name.startsWith("new."))).toEqual(["new.mean.png"]);
    const folderRun = (): Promise<CliResult> => leader("restore", "-p", "p.yaml", "in", "-o", "in", "--samples", "2", "--json");
    expect(recordsOf(await folderRun()).filter(({ type }) => type === "result")).toHaveLength(1);
    // What stands beside a result is no input of the next run.
    expect(recordsOf(await folderRun()).at(-1)).toMatchObject({ restored: 0, skipped: 1 });
    await rm(at("in/small.restored.mean.png"));
    expect(recordsOf(await folderRun()).filter(({ type }) => type === "result")).toHaveLength(1);
  });

  it("are shown in the report, with the calibration of their deviation", async () => {
    const [name] = (await readdir(at("runs"))).filter((entry) => !entry.endsWith(".html"));
    expect(await leader("report", `runs/${name!}`, "-o", "page.html")).toMatchObject({ code: 0 });
    const page = await readFile(at("page.html"), "utf8");
    expect(page).toContain("3 samples");
    expect(page).toContain("Standard deviation of the samples");
    expect(page).toContain("Mean of the samples");
    expect(page.slice(page.indexOf('id="samples"'))).toMatch(/Rank correlation -?0\.\d\d/u);
  });

  it("need a whole number", async () => {
    const refused = await leader("restore", "-p", "p.yaml", "in/small.png", "-o", "x.png", "--samples", "many");
    expect(refused).toMatchObject({ code: 2 });
    const much = await leader("check", "-p", "p.yaml", "--set", "samples=1001", "--json");
    expect(much.code).not.toBe(0);
    expect(much.stdout).toContain("samples");
  });
});
