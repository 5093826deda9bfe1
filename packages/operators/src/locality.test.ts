import type { HostTensor, ImagePart } from "@leader/core";
import { describeLocality, evaluator, normalArray } from "@leader/core/testing";
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

describe("the identity", () => {
  it("is what noise alone says that it is, and no other operator", async () => {
    const image = images(6, 8);
    const operator = await createOperator("denoising", {});
    expect(operator.identity).toBe(true);
    const x = normalArray(image, 0, "x");
    expect(evaluator((value) => operator.at(image).apply(value), [image])(x)).toEqual(x);
    for (const [stage, options] of [
      ["inpainting", { random: { fraction: 0.4 } }],
      ["super-resolution", { factor: 2 }],
      ["gaussian-blur", {}],
    ] as const)
      expect((await createOperator(stage, options)).identity).toBeUndefined();
  });
});

describe("a kernel in a part of a picture", () => {
  // Of even height and off its middle, so that no two sides are alike.
  const lopsided: HostTensor = { shape: [4, 5], dtype: "float32", data: Float32Array.from({ length: 20 }, (_, i) => 1 + (i % 7)) };

  it.each([
    { part: { top: 0, left: 0, height: 24, width: 32 }, lost: [0, 1, 0, 2] },
    { part: { top: 8, left: 16, height: 24, width: 32 }, lost: [2, 1, 2, 2] },
    { part: { top: 16, left: 32, height: 24, width: 32 }, lost: [2, 0, 2, 0] },
  ])("measures what the whole measures, and nothing that the rest of the picture decides: $part", async ({ part, lost }) => {
    const options = { kernel: "kernel.npy", boundary: "reflect" };
    const factory = await createOperator("motion-blur", options, memoryEnvironment({ "kernel.npy": lopsided }));
    const image = images(height, width);
    const x = normalArray(image, 0, "x");
    const [whole, own] = [factory.at(image), factory.locality!.at!(image, part)];
    const expected = cut(evaluator((value) => whole.apply(value), [image])(x), part);
    const actual = evaluator((value) => own.apply(value), [own.domain])(cut(x, part));
    const [above = 0, below = 0, left = 0, right = 0] = lost;
    const plane = part.height * part.width;
    actual.forEach((value, i) => {
      const [row, column] = [Math.floor((i % plane) / part.width), i % part.width];
      const measured = row >= above && row < part.height - below && column >= left && column < part.width - right;
      expect(own.measured?.data[i % plane]).toBe(Number(measured));
      expect(Math.abs(value - (measured ? expected[i]! : 0))).toBeLessThan(1e-5);
    });
  });

  const cut = (values: Float64Array, { top, left, height: rows, width: columns }: ImagePart): Float64Array =>
    Float64Array.from({ length: (values.length / (height * width)) * rows * columns }, (_, i) => {
      const [plane, place] = [Math.floor(i / (rows * columns)), i % (rows * columns)];
      return values[plane * height * width + (top + Math.floor(place / columns)) * width + left + (place % columns)]!;
    });
});

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
