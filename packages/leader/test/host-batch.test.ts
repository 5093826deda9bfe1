import { fileURLToPath } from "node:url";
import { normals } from "@leader/core";
import type { HostTensor } from "@leader/graph";
import { describe, expect, it } from "vitest";
import { createPipeline, type RestoreResult, type Session } from "../src/index.js";

const source = (folder: string) => ({ url: new URL(`../../${folder}/src/index.ts`, import.meta.url).href });
const bundled = {
  "@leader/operators": source("operators"),
  "@leader/baseline-ddnm": source("baselines/ddnm"),
  "@leader/backend-onnx": source("backends/onnx"),
};

const open = async (): Promise<Session> => {
  const pipeline = await createPipeline(
    {
      noise: 0.05,
      operator: { use: "@leader/operators#gaussian-blur", with: { size: 5, sigma: 1 } },
      denoiser: { use: "leader#gaussian" },
      baseline: { use: "@leader/baseline-ddnm#ddnm-plus" },
      modulator: { use: "leader#ucpm" },
      scheduler: { use: "leader#satp", with: { steps: 8 } },
      backend: { use: "@leader/backend-onnx#cpu" },
    },
    { bundled, directory: fileURLToPath(new URL(".", import.meta.url)) },
  );
  return await pipeline.open({ isolate: false });
};

const measurement = (n: number): HostTensor => ({
  shape: [n, 3, 12, 10],
  dtype: "float32",
  data: Float32Array.from({ length: n }, (_, i) => i).reduce<Float32Array>(
    (all, i) => {
      all.set(
        // The pictures differ in contrast, so that their uncertainties differ.
        normals({ seed: 1, image: i, step: 0, name: "batch" }, 360).map((z) => (0.1 + 0.3 * i) * z),
        360 * i,
      );
      return all;
    },
    new Float32Array(360 * n),
  ),
});

const one = (y: HostTensor, i: number): HostTensor => ({
  ...y,
  shape: [1, ...y.shape.slice(1)],
  data: y.data.slice(360 * i, 360 * (i + 1)),
});

describe("a batch with LEADer", () => {
  it("gives every picture the bits that it gets alone, in any company, and its own schedule", async () => {
    await using session = await open();
    const y = measurement(4);
    const together = await session.restore(y, { seed: 5, image: 2 }).result;
    expect(together.image.shape).toEqual([4, 3, 12, 10]);
    const alone: RestoreResult[] = [];
    for (let i = 0; i < 4; i++) alone.push(await session.restore(one(y, i), { seed: 5, image: 2 + i }).result);
    for (const [i, { image }] of alone.entries()) expect(together.image.data.slice(360 * i, 360 * (i + 1)), String(i)).toEqual(image.data);
    expect(together.evaluations).toBe(alone.reduce((sum, { evaluations }) => sum + evaluations, 0));
    expect(together.steps).toEqual(alone.flatMap(({ steps }) => steps));
  });
});
