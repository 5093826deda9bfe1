import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { trace, type HostTensor } from "@leader/core";
import { writeOnnx } from "@leader/graph/onnx";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFolder, removeFolder } from "./host-fixture.js";
import { methodPipeline, restoreHere, smoothPicture, type Method } from "./methods.js";

/** A network file that learned the variance of its steps, on every engine: the same pictures, whole and in tiles. */

let folder = "";
let network = "";
beforeAll(async () => {
  folder = await makeFolder();
  network = join(folder, "net.onnx");
  // Of single pixels, so that tiles see what the whole sees. The network of N(0, 1/4), and a range that depends on the state.
  const graph = trace(
    (x, alphaBar) => {
      const a = alphaBar.reshape([1, 1, 1, 1]);
      const one = a.mul(-1).add(1);
      const epsilon = x.mul(one.maximum(1e-8).sqrt()).div(a.mul(0.25).add(one));
      return epsilon.concat([x.mul(2).tanh()], 1);
    },
    [
      { shape: [1, 3, 64, 64], dtype: "float32" },
      { shape: [1], dtype: "float32" },
    ],
    ["x", "alpha_bar"],
  );
  await writeFile(network, writeOnnx(graph, { name: "net", outputNames: ["out"] }).model);
});
afterAll(() => removeFolder(folder));

const engines = ["leader#reference", "@leader/backend-onnx#cpu", "@leader/backend-tfjs#cpu", "@leader/backend-tfjs#wasm"];
const methods: Readonly<Record<string, Pick<Method, "baseline" | "operator" | "noise">>> = {
  dps: { baseline: { use: "@leader/baseline-dps#dps" }, operator: { use: "@leader/operators#gaussian-blur" }, noise: 0.05 },
  repaint: {
    baseline: { use: "@leader/baseline-repaint#repaint" },
    operator: { use: "@leader/operators#inpainting", with: { random: { fraction: 0.5, seed: 0 } } },
    noise: 0,
  },
};

async function restored(method: string, use: string, side: number, variance: string): Promise<HostTensor> {
  const { baseline, ...rest } = methods[method]!;
  const pipeline = await methodPipeline(
    { ...rest, baseline: { ...baseline, with: { variance } } },
    {
      denoiser: { use: "leader#onnx-file", with: { path: network } },
      scheduler: { use: "leader#uniform", with: { steps: 5 } },
      backend: { use },
    },
  );
  return (await restoreHere(pipeline, await pipeline.degrade(smoothPicture(side), { seed: 1 }), { seed: 2 })).image;
}

function decibels(a: HostTensor, b: HostTensor): number {
  const squares = Array.from(a.data).reduce((sum, value, i) => sum + (value - b.data[i]!) ** 2, 0);
  return 10 * Math.log10((4 * a.data.length) / squares);
}

describe.each(Object.keys(methods))("%s with a learned variance", (method) => {
  it.each([64, 96])(
    "is one picture on every engine, at %d pixels (tiles of 64)",
    async (side) => {
      const expected = await restored(method, engines[0]!, side, "learned");
      for (const use of engines.slice(1)) {
        expect(decibels(await restored(method, use, side, "learned"), expected), use).toBeGreaterThan(60);
      }
      expect(decibels(await restored(method, engines[1]!, side, "posterior"), expected)).toBeLessThan(50);
    },
    120_000,
  );

  it("takes it by itself, as released", async () => {
    expect((await restored(method, engines[1]!, 64, "auto")).data).toEqual((await restored(method, engines[1]!, 64, "learned")).data);
  });
});
