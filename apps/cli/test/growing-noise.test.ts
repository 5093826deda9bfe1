import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { normals, type HostTensor } from "@leader/graph";
import { psnr } from "@leader/metrics";
import { photoPriorUrl } from "@leader/prior-photo";
import {
  createPipeline,
  estimateNoise,
  parsePipeline,
  taskPipeline,
  writePicture,
  type NoiseLevel,
  type PipelineObject,
  type RestoreOptions,
  type RestoreResult,
} from "leader-restore";
import type { PipelineEvent } from "@leader/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { landscape } from "../src/sample/landscape.js";
import { bundledSources } from "./bundled-sources.js";
import { runCli } from "./run-cli.js";

/** Noise that grows with brightness, from the picture to the result. */

const growing = { black: 2 / 255, white: 30 / 255 };
const clean = landscape(96, 3);

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "leader-growing-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);

const denoiser = { use: "leader#onnx-file", with: { path: fileURLToPath(photoPriorUrl) } };
const onProcessor = { use: "@leader/backend-onnx#cpu", with: { threads: 1 } };
const denoising = (noise: NoiseLevel | "auto", changes: Partial<PipelineObject> = {}): PipelineObject => ({
  ...taskPipeline("denoise", { noise }),
  denoiser,
  backend: onProcessor,
  ...changes,
});
const open = (object: PipelineObject) => createPipeline(object, { bundled: bundledSources });

async function restored(object: PipelineObject, y: HostTensor, options: RestoreOptions = {}): Promise<RestoreResult> {
  await using session = await (await open(object)).open({ isolate: false });
  return await session.restore(y, { seed: 2, ...options }).result;
}

const decibel = (image: HostTensor): Promise<number> => psnr().measure(image, clean);
const furthest = (a: HostTensor, b: HostTensor): number =>
  Array.from(a.data).reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i]!)), 0);

describe("noise that grows with brightness", () => {
  it("is drawn as the pipeline states it", async () => {
    const [even, grown] = await Promise.all(
      [0.1, growing].map(async (noise) => (await open(denoising(noise))).degrade(clean, { seed: 1 })),
    );
    // The same draws, with the deviation of each place.
    for (const i of [0, 5000, 20_000]) {
      const value = clean.data[i]!;
      const deviation = Math.sqrt(growing.black ** 2 + ((growing.white ** 2 - growing.black ** 2) * (value + 1)) / 2);
      expect(grown!.data[i]! - value).toBeCloseTo(((even!.data[i]! - value) / 0.1) * deviation, 5);
    }
  });

  it("is taken away better where it is known to grow, or found to", async () => {
    const y = await (await open(denoising(growing))).degrade(clean, { seed: 1 });
    const [known, found] = [await restored(denoising(growing), y), await restored(denoising("auto"), y)];
    const even = await restored(denoising(estimateNoise(y)), y);
    expect(known.noise).toEqual(growing);
    expect(found.noise).toMatchObject({ black: expect.any(Number) as number, white: expect.any(Number) as number });
    const [best, estimated, plain] = [await decibel(known.image), await decibel(found.image), await decibel(even.image)];
    expect(best).toBeGreaterThan(plain + 0.6);
    expect(estimated).toBeGreaterThan(plain + 0.6);
    expect(best).toBeGreaterThan((await decibel(y)) + 5);
  });

  it("that does not grow is even noise, to the bit", async () => {
    const y = await (await open(denoising(0.08))).degrade(clean, { seed: 1 });
    const even = await restored(denoising(0.08), y);
    const stated = await restored(denoising({ black: 0.08, white: 0.08 }), y);
    expect(stated.noise).toBe(0.08);
    expect(stated.image).toEqual(even.image);
    expect(stated.made).toEqual(even.made);
    const found = await restored(denoising("auto"), y);
    expect(found.noise).toBe(estimateNoise(y));
    expect(found.image).toEqual((await restored(denoising(estimateNoise(y)), y)).image);
    // And noise that hardly grows is hardly anything else.
    expect(furthest((await restored(denoising({ black: 0.08, white: 0.08001 }), y)).image, even.image)).toBeLessThan(2e-3);
  });

  it("is the same on other backends", async () => {
    const small = landscape(32, 1);
    const y = await (await open(denoising(growing))).degrade(small, { seed: 1 });
    const onnx = await restored(denoising(growing), y);
    const tfjs = await restored(denoising(growing, { backend: { use: "@leader/backend-tfjs#cpu" } }), y);
    expect(furthest(tfjs.image, onnx.image)).toBeLessThan(1e-3);
  });

  it("is restored in parts as whole, of which finished ones are taken over", async () => {
    const object = denoising(growing, { denoiser: { use: "leader#gaussian", with: { decay: 0 } } });
    const large = landscape(280, 2);
    const y = await (await open(object)).degrade(large, { seed: 1 });
    const whole = await restored(object, y, { parts: "off" });
    const parts = await restored(object, y, { parts: 200, interim: at("kept") });
    expect(parts.parts!.count).toBeGreaterThan(3);
    expect(furthest(parts.image, whole.image)).toBeLessThan(5e-5);
    const again = await restored(object, y, { parts: 200, interim: at("kept") });
    expect(again.resumed!.parts).toBe(parts.parts!.count);
    expect(again.image).toEqual(parts.image);
    const other = await restored({ ...object, noise: { ...growing, white: 0.1 } }, y, { parts: 200, interim: at("kept") });
    expect(other.resumed).toBeUndefined();
  });

  it("shows previews and what a report keeps in the tones of the picture", async () => {
    const object = denoising(growing, { uncertainty: { use: "leader#finite-difference" } });
    const y = await (await open(object)).degrade(clean, { seed: 1 });
    await using session = await (await open(object)).open({ isolate: false });
    const run = session.restore(y, { seed: 2, previewEvery: 1, record: { side: 96 } });
    const previews: Extract<PipelineEvent, { type: "preview" }>[] = [];
    for await (const event of run.events) if (event.type === "preview") previews.push(event);
    const { image, frames } = await run.result;
    const last = frames!.at(-1)!;
    // The last estimate is nearly the result: in other tones it would be far from it.
    const apart = (values: HostTensor): number =>
      Array.from(values.data).reduce((sum, value, i) => sum + Math.abs(value - image.data[i]!), 0) / image.data.length;
    expect(apart(last.x0)).toBeLessThan(0.02);
    const plane = 96 * 96;
    const shown = { ...image, data: image.data.map((_, i) => previews.at(-1)!.rgb[3 * (i % plane) + Math.floor(i / plane)]! / 127.5 - 1) };
    expect(apart(shown)).toBeLessThan(0.03);
    // The slope is least in black, and with it the deviation.
    expect(last.variance!.shape).toEqual(image.shape);
    const order = Array.from(image.data.keys()).sort((a, b) => image.data[a]! - image.data[b]!);
    const spread = (places: readonly number[]): number => places.reduce((sum, i) => sum + last.variance!.data[i]!, 0) / places.length;
    expect(spread(order.slice(-3000))).toBeGreaterThan(2 * spread(order.slice(0, 3000)));
  });

  it("is taken away by LEADer too, and in samples that differ", async () => {
    const leader: Partial<PipelineObject> = {
      modulator: { use: "leader#ucpm" },
      uncertainty: { use: "leader#finite-difference" },
      scheduler: { use: "leader#satp" },
    };
    const y = await (await open(denoising(growing))).degrade(clean, { seed: 1 });
    const [grown, even] = [await restored(denoising(growing, leader), y), await restored(denoising(estimateNoise(y), leader), y)];
    expect(await decibel(grown.image)).toBeGreaterThan((await decibel(even.image)) + 0.3);
    const samples = { ...taskPipeline("denoise", { noise: growing, samples: 2 }), denoiser, backend: onProcessor };
    const [one, other] = [await restored(samples, y), await restored(samples, y, { image: 1 })];
    for (const { image } of [one, other]) expect(await decibel(image)).toBeGreaterThan((await decibel(y)) + 4);
    expect(furthest(one.image, other.image)).toBeGreaterThan(0.01);
  });

  it("is refused where more than noise is wrong with the picture, where that is stated", async () => {
    const text = `noise: { black: 0.01, white: 0.1 }\noperator: { use: "@leader/operators#super-resolution" }\nbaseline: { use: "@leader/baseline-diffpir#diffpir" }\n`;
    const defaults = { denoiser, backend: onProcessor };
    const pipeline = await parsePipeline(`apiVersion: leader/v1\n${text}`, at("p.yaml"), { bundled: bundledSources, defaults });
    const problem = { code: "LEADER_NOISE_GROWS", line: 2, hint: expect.stringContaining("noise: 0.055") as string };
    const image = { shape: [1, 3, 32, 32], dtype: "float32" as const };
    await expect(pipeline.check(image)).rejects.toMatchObject({ diagnostics: [problem] });
    await expect(pipeline.degrade(landscape(32, 0), { seed: 1 })).rejects.toMatchObject({ diagnostics: [problem] });
    const falling = text.replace("0.01", "0.2");
    await expect(parsePipeline(falling, at("p.yaml"), { bundled: bundledSources, defaults })).rejects.toThrow("at least that in black");
    await expect(parsePipeline(text.replace("white", "wite"), at("p.yaml"), { bundled: bundledSources, defaults })).rejects.toThrow("wite");
  });
});

describe("the command line", () => {
  const leader = async (...args: readonly string[]) => await runCli(args, { cwd: folder });

  it("degrades, finds the noise and tells it, and restores with the pipeline that it prints to the same bytes", async () => {
    await mkdir(at("refs"));
    await writePicture(at("refs/clean.png"), clean);
    await writeFile(at("noise.yaml"), (await leader("denoise", "x.png", "--noise", "0.008..0.118", "--print-pipeline")).stdout);
    const made = await leader("degrade", "refs/clean.png", "-p", "noise.yaml", "-o", "clean.measured.png");
    expect(made.code, made.stderr).toBe(0);
    const auto = await leader("denoise", "clean.measured.png", "-o", "auto.png");
    expect(auto.code, auto.stderr).toBe(0);
    expect(auto.stdout).toMatch(/noise 0\.0\d+\.\.0\.1\d+ \(grows from \d\.\d of 255 in black to [23]\d\.\d in white\)/u);
    await writeFile(at("auto.yaml"), (await leader("denoise", "clean.measured.png", "--print-pipeline")).stdout);
    const file = await leader("restore", "clean.measured.png", "-p", "auto.yaml", "-o", "file.png", "--reference", "refs/clean.png");
    expect(file.code, file.stderr).toBe(0);
    expect(file.stdout).toMatch(/ \d\d\.\d\d dB/u);
    expect((await readFile(at("file.png"))).equals(await readFile(at("auto.png")))).toBe(true);
    const stated = await leader("denoise", "clean.measured.png", "--noise", "0.008..0.118", "-o", "stated.png", "--report", "stated.html");
    expect(stated.code, stated.stderr).toBe(0);
    expect(stated.stderr).toContain("noise 0.008..0.118");
    expect(await readFile(at("stated.html"), "utf8")).toContain("noise 0.008..0.118");
    const again = await leader("restore", "clean.measured.png", "-p", "noise.yaml", "-o", "again.png");
    expect(again.code, again.stderr).toBe(0);
    expect((await readFile(at("again.png"))).equals(await readFile(at("stated.png")))).toBe(true);
    const reproduced = await leader("reproduce", "stated.png");
    expect(reproduced.code, reproduced.stderr).toBe(0);
  }, 120_000);

  it.each([
    [["denoise", "a.png", "--noise", "0.2..0.1"], "two of them from black to white"],
    [["denoise", "a.png", "--noise", "2..25"], "2..25 of 255 is --noise 0.0078..0.0980"],
    [["deblur", "a.png", "--gaussian", "1", "--noise", "0.02..0.1"], "leader denoise"],
    [["upscale", "a.png", "--noise", "5..40"], "give one number, such as --noise 0.08824, or remove the noise first: leader denoise"],
  ])("refuses %j", async (args, said) => {
    await writePicture(at("a.png"), {
      shape: [1, 3, 8, 8],
      dtype: "float32",
      data: normals({ seed: 0, image: 0, step: 0, name: "a" }, 192),
    });
    const { code, stderr } = await leader(...args);
    expect(code).not.toBe(0);
    expect(stderr).toContain(said);
  });
});
