import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isRecord } from "@leader/graph/records";
import { photoPriorUrl } from "@leader/prior-photo";
import { createPipeline, encodeNpy, readPicture, writePicture, type PipelineObject } from "leader-restore";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundledSources } from "./bundled-sources.js";
import { makeFolder, removeFolder } from "./host-fixture.js";
import { runCli } from "./run-cli.js";

const pipeline = (operator: PipelineObject["operator"], baseline: string): PipelineObject => ({
  noise: 0.05,
  operator,
  baseline: { use: baseline },
  scheduler: { use: "leader#uniform", with: { steps: 3 } },
  denoiser: { use: "leader#onnx-file", with: { path: fileURLToPath(photoPriorUrl) } },
  backend: { use: "@leader/backend-onnx#cpu" },
});
const blur = { use: "@leader/operators#gaussian-blur", with: { size: 11, sigma: 1.6, boundary: "reflect" } };
const denoising = { use: "@leader/operators#denoising" };

/** As built: the working process runs them as they are. */
const bundled = Object.fromEntries(
  Object.entries(bundledSources).map(([name, { url }]) => [name, { url: url.replace(/src\/index\.ts$/u, "dist/index.js") }]),
);

/**
 * What `leader restore` took at most for pictures of these sides, with three steps (docs/large-pictures.md), and how much more may be expected: a
 * derivative of this small network takes half of what its graphs say, and one of a large network all of it.
 */
const measured = [
  ["Gaussian deblurring", blur, "@leader/baseline-ddrm#ddrm", 512, 1024, 352, 1.15],
  ["Gaussian deblurring, in tiles", blur, "@leader/baseline-ddrm#ddrm", 1024, 1024, 799, 1.15],
  ["Gaussian deblurring, whole", blur, "@leader/baseline-ddrm#ddrm", 1024, 2048, 1000, 1.15],
  ["a method that hands a hundred noises from run to run", denoising, "@leader/baseline-daps#daps", 256, 1024, 552, 1.15],
  ["the same", denoising, "@leader/baseline-daps#daps", 512, 2048, 1567, 1.15],
  ["a method with derivatives of the network", denoising, "@leader/baseline-dps#dps", 512, 2048, 799, 2],
  ["denoising", denoising, "@leader/baseline-ddnm#ddnm-plus", 512, 1024, 288, 1.15],
  ["denoising, whole", denoising, "@leader/baseline-ddnm#ddnm-plus", 1024, 2048, 715, 1.15],
] as const;

describe("the memory that a restoration is expected to need", () => {
  it.each(measured)(
    "is what it takes: %s",
    async (_what, operator, baseline, side, memoryMiB, peakMiB, most) => {
      const made = await createPipeline(pipeline(operator, baseline), { bundled });
      await using session = await made.open({ limits: { memoryMiB } });
      const plan = await session.plan({ shape: [1, 3, side, side], dtype: "float32" });
      expect(plan.parts).toBeUndefined();
      // A bare session takes some 25 MiB less than the command.
      expect(plan.memoryMiB / peakMiB).toBeGreaterThan(0.87);
      expect(plan.memoryMiB / peakMiB).toBeLessThan(most);
    },
    120_000,
  );
});

let folder = "";
beforeAll(async () => {
  folder = await makeFolder({});
  const [side, data] = [640, new Float32Array(3 * 640 * 640).fill(0.1)];
  await writePicture(join(folder, "in.png"), { shape: [1, 3, side, side], dtype: "float32", data });
});
afterAll(() => removeFolder(folder));

const recordOf = (type: string, stdout: string): Readonly<Record<string, unknown>> => {
  const records = stdout.split("\n").flatMap((line): unknown[] => (line === "" ? [] : [JSON.parse(line)]));
  return records.filter(isRecord).find((record) => record["type"] === type) ?? {};
};

describe("the memory that a check tells", () => {
  it("is what the restoration expects, and is refused as it is", async () => {
    const inFolder = (...args: readonly string[]): ReturnType<typeof runCli> => runCli(args, { cwd: folder });
    await writeFile(join(folder, "p.yaml"), (await inFolder("denoise", "in.png", "--noise", "0.05", "--print-pipeline")).stdout);
    const options = ["-p", "p.yaml", "--set", "scheduler.with.steps=1", "--json"];
    const restored = await inFolder("restore", "in.png", ...options, "-o", "one.png");
    const expected = Number(recordOf("result", restored.stdout)["expectedMemoryMiB"]);
    const told = recordOf("check", (await inFolder("check", ...options, "--size", "640x640")).stdout)["memory"];
    expect(Number(isRecord(told) && told["peakMiB"]) / expected).toBeGreaterThan(0.94);
    expect(Number(isRecord(told) && told["peakMiB"]) / expected).toBeLessThan(1.06);
    const large = recordOf("check", (await inFolder("check", ...options, "--size", "2048x2048")).stdout);
    expect(large["parts"]).toMatchObject({ count: 16 });
    const refused = await inFolder("check", ...options, "--size", "8192x8192", "--max-memory", "1024");
    expect([refused.code, refused.stdout]).toEqual([42, expect.stringContaining("LEADER_MEMORY_TOO_SMALL")]);
  }, 120_000);
});

describe("a picture that does not fit whole", () => {
  it("is restored by a network in tiles, and the result says so", async () => {
    const whole = { apiVersion: "leader/v1", ...pipeline(blur, "@leader/baseline-ddrm#ddrm") };
    await writeFile(join(folder, "whole.json"), JSON.stringify({ ...whole, scheduler: { use: "leader#uniform", with: { steps: 1 } } }));
    const inFolder = (...args: readonly string[]): ReturnType<typeof runCli> => runCli(args, { cwd: folder });
    const told = recordOf("check", (await inFolder("check", "-p", "whole.json", "--size", "640x640", "--json")).stdout)["memory"];
    const needed = Number(isRecord(told) && told["peakMiB"]);
    const limit = String(Math.floor(0.95 * needed));
    const restored = await inFolder("restore", "in.png", "-p", "whole.json", "-o", "tiles.png", "--max-memory", limit);
    expect(restored.stdout, restored.stderr).toMatch(/the network in tiles of \d+ x \d+/u);
  }, 120_000);
});

describe("a grey picture that is stored in three channels", () => {
  it("is refused by the size of its file, as the grey that its colours are looked for in", async () => {
    const side = 6000;
    await sharp({ create: { width: side, height: side, channels: 3, background: "grey" } })
      .png()
      .toFile(join(folder, "grey.png"));
    const colours = {
      apiVersion: "leader/v1",
      ...pipeline({ use: "@leader/operators#colorization" }, "@leader/baseline-ddnm#ddnm"),
      noise: 0,
    };
    await writeFile(join(folder, "colours.json"), JSON.stringify(colours));
    const { code, stdout } = await runCli(["restore", "-p", "colours.json", "grey.png", "-o", "out.png", "--max-memory", "450", "--json"], {
      cwd: folder,
    });
    expect([code, stdout]).toEqual([42, expect.stringContaining("LEADER_MEMORY_TOO_SMALL")]);
  }, 60_000);
});

describe("the memory that several samples are expected to need", () => {
  /** What a refusal says: without graphs that something is too much, or with them what is needed. */
  const told = async (known: "at least" | "about", limit: number, args: readonly string[]): Promise<number> => {
    const { stdout, stderr } = await runCli([...args, "-o", "out.png", "--max-memory", String(limit)], { cwd: folder });
    return Number(new RegExp(`needs ${known} (\\d+) MiB`, "u").exec(stdout + stderr)?.[1]);
  };
  // Some processes begin with several MiB more than others: the middle of three.
  const middle = async (of: () => Promise<number>): Promise<number> => [await of(), await of(), await of()].sort((a, b) => a - b)[1]!;
  /** With a limit that is enough for what is known without graphs, and too little for what they tell; runs differ by half of that. */
  const needed = async (args: readonly string[]): Promise<number> => {
    const limit = 12 + (await middle(() => told("at least", 150, args)));
    return await middle(() => told("about", limit, args));
  };
  /** What three samples need over one. */
  const ofThree = async (args: readonly string[]): Promise<number> => (await needed([...args, "--samples", "3"])) - (await needed(args));

  // 24 bytes for each of 1.2 million values: their sums, and the pictures that come of these; the resident memory before differs a little.
  const between = [20, 36] as const;

  it("is that of one, and of their mean and deviation", async () => {
    const several = await ofThree(["denoise", "in.png", "--noise", "0.05"]);
    expect(several).toBeGreaterThan(between[0]);
    expect(several).toBeLessThan(between[1]);
  }, 120_000);

  it("is so for an array too", async () => {
    const denoise = pipeline(denoising, "@leader/baseline-ddrm#ddrm");
    await writeFile(join(folder, "denoise.json"), JSON.stringify({ apiVersion: "leader/v1", ...denoise }));
    await writeFile(join(folder, "in.npy"), encodeNpy((await readPicture(join(folder, "in.png"))).tensor));
    const several = await ofThree(["restore", "-p", "denoise.json", "in.npy"]);
    expect(several).toBeGreaterThan(between[0]);
    expect(several).toBeLessThan(between[1]);
  }, 120_000);
});
