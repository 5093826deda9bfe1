import { fileURLToPath } from "node:url";
import { normals } from "@leader/core";
import type { HostTensor } from "@leader/graph";
import { describe, expect, it } from "vitest";
import { createPipeline, type Pipeline } from "../src/index.js";

const source = (folder: string) => ({ url: new URL(`../../${folder}/src/index.ts`, import.meta.url).href });
const bundled = {
  "@leader/operators": source("operators"),
  "@leader/baseline-ddnm": source("baselines/ddnm"),
};
const weights = [0.299, 0.587, 0.114];
const colouring = async (draws: number, meanOf = 1): Promise<Pipeline> =>
  await createPipeline(
    {
      noise: 0,
      meanOf,
      operator: { use: "@leader/operators#colorization", with: { weights, small: { side: 16, draws } } },
      denoiser: { use: "leader#gaussian" },
      baseline: { use: "@leader/baseline-ddnm#ddnm" },
      scheduler: { use: "leader#uniform", with: { steps: 4 } },
      backend: { use: "leader#reference" },
    },
    { bundled, directory: fileURLToPath(new URL(".", import.meta.url)) },
  );

const y: HostTensor = {
  shape: [1, 1, 40, 48],
  dtype: "float32",
  data: normals({ seed: 1, image: 0, step: 0, name: "scene" }, 40 * 48).map((z) => 0.2 * z),
};

const lumaError = ({ data }: HostTensor, of: HostTensor = y): number => {
  const pixels = of.data.length;
  const luma = (i: number): number => weights.reduce((sum, weight, c) => sum + weight * data[c * pixels + i]!, 0);
  let most = 0;
  for (const [i, own] of of.data.entries()) most = Math.max(most, Math.abs(luma(i) - own));
  return most;
};
const colour = ({ data }: HostTensor): number => {
  const pixels = data.length / 3;
  return Math.sqrt(Array.from(data).reduce((sum, value, i) => sum + (value - y.data[i % pixels]!) ** 2, 0) / data.length);
};

describe("a restoration of a smaller picture", () => {
  it("has the size and the measurement of the picture, and costs what its draws cost", async () => {
    await using session = await (await colouring(3)).open({ isolate: false });
    const result = await session.restore(y).result;
    expect(result.image.shape).toEqual([1, 3, 40, 48]);
    expect(result.parts).toBeUndefined();
    expect(result.evaluations).toBe(3 * 4);
    expect(lumaError(result.image)).toBeLessThan(1e-5);
  }, 60_000);

  it("is the mean of draws of their own: what they do not agree in fades", async () => {
    const drawn = async (draws: number, image = 0): Promise<HostTensor> => {
      await using session = await (await colouring(draws)).open({ isolate: false });
      return (await session.restore(y, { image }).result).image;
    };
    const [one, many] = [await drawn(1), await drawn(9)];
    expect(colour(many)).toBeLessThan(0.6 * colour(one));
    expect(await drawn(9)).toEqual(many);
    expect((await drawn(1, 1)).data).not.toEqual(one.data);
  }, 120_000);

  it("has as many draws more where the mean of several restorations was asked for", async () => {
    const of = async (draws: number, meanOf?: number): Promise<{ readonly image: HostTensor; readonly evaluations: number }> => {
      await using session = await (await colouring(draws, meanOf)).open({ isolate: false });
      const { image, evaluations } = await session.restore(y).result;
      return { image, evaluations };
    };
    expect(await of(3, 2)).toEqual(await of(6));
  }, 60_000);

  it("is laid over a large picture some rows at a time, up to the last", async () => {
    const rows = 500;
    // Each row is as the one above: what differs between rows of the result comes of where they were made.
    const large: HostTensor = {
      shape: [1, 1, rows, 700],
      dtype: "float32",
      data: Float32Array.from({ length: rows * 700 }, (_, i) => 0.5 * Math.sin((i % 700) / 40)),
    };
    await using session = await (await colouring(1)).open({ isolate: false });
    const { image } = await session.restore(large).result;
    expect(lumaError(image, large)).toBeLessThan(1e-5);
    const red = (row: number): number => image.data[row * 700 + 350]! - large.data[row * 700 + 350]!;
    const steps = Array.from({ length: rows - 1 }, (_, row) => Math.abs(red(row + 1) - red(row)));
    const span = Math.max(...steps.map((_, row) => red(row))) - Math.min(...steps.map((_, row) => red(row)));
    expect(span).toBeGreaterThan(0.1);
    expect(Math.max(...steps)).toBeLessThan(0.05 * span);
  }, 60_000);

  it("is named where parts were asked for, and where there is too little memory", async () => {
    await using session = await (await colouring(1)).open({ isolate: false, limits: { memoryMiB: 300 } });
    const square: HostTensor = { shape: [1, 1, 72, 72], dtype: "float32", data: new Float32Array(72 * 72) };
    const run = session.restore(square, { parts: 64 });
    const said: string[] = [];
    for await (const event of run.events) if (event.type === "warning") said.push(event.message);
    await run.result;
    expect(said).toEqual([expect.stringMatching(/^parts of 64 pixels .*: in its place one of 16 x 16 is restored$/u)]);
    await expect(session.plan({ shape: [1, 1, 6000, 8000], dtype: "float32" })).rejects.toMatchObject({
      message: expect.stringContaining("(whole: in its place one of 18 x 14 is restored)") as string,
    });
  }, 60_000);

  it("takes the memory of a small picture, however large the picture is", async () => {
    await using session = await (await colouring(3)).open({ isolate: false, limits: { memoryMiB: 4000 } });
    const plan = await session.plan({ shape: [1, 1, 3000, 4000], dtype: "float32" });
    expect(plan.parts ?? plan.tile).toBeUndefined();
    // Measurement and result, and half as much as the result, which draws of a small picture leave.
    const picture = (22 * 3000 * 4000) / 2 ** 20;
    const small = await session.plan({ shape: [1, 1, 32, 32], dtype: "float32" });
    expect(Math.abs(plan.memoryMiB - small.memoryMiB - picture)).toBeLessThan(10);
  }, 60_000);
});
