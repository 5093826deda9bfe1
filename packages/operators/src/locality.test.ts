import { describeLocality } from "@leader/core/testing";
import type { HostTensor } from "@leader/core";
import { describe, expect, it } from "vitest";
import { createOperator, images, memoryEnvironment } from "../test/environment.js";

const [height, width] = [40, 64];
const mask: HostTensor = {
  shape: [1, height, width],
  dtype: "float32",
  data: Float32Array.from({ length: height * width }, (_, i) => Number(i % 7 !== 0)),
};
const kernel: HostTensor = { shape: [3, 3], dtype: "float32", data: Float32Array.of(0, 1, 2, 0, 3, 0, 1, 0, 0) };
const environment = memoryEnvironment({ "mask.png": mask, "kernel.npy": kernel });

for (const [stage, options] of [
  ["denoising", {}],
  ["colorization", {}],
  ["inpainting", { mask: "mask.png" }],
  ["inpainting", { random: { fraction: 0.4 } }],
  ["super-resolution", { factor: 2, method: "average-pool" }],
  ["super-resolution", { factor: 2 }],
  ["motion-blur", { kernel: "kernel.npy", boundary: "reflect" }],
] as const) {
  const factory = await createOperator(stage, options, environment);
  describeLocality(`${stage} ${JSON.stringify(options)}`, () => factory, images(height, width));
}

describe("operators that look at the whole picture", () => {
  it.each([
    // Its threshold takes away singular values, and so changes every pixel.
    ["gaussian-blur", { size: 3, sigma: 1, boundary: "reflect" }],
    ["motion-blur", { size: 5 }],
    ["walsh-hadamard", {}],
  ])("%s %j has no parts", async (stage, options) => {
    expect((await createOperator(stage, options)).locality).toBeUndefined();
  });
});
