import { describeOperator } from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { createOperator, images, operatorAt } from "../../test/environment.js";
import { compute } from "../../test/compute.js";

for (const [options, height, width, channels] of [
  [{}, 3, 5, 3],
  [{ weights: [0.3, 0.6, 0.1] }, 4, 1, 3],
  [{ weights: [-1, 2, 0, 0.5] }, 2, 3, 4],
  [{ legacyRepeatChannels: true }, 3, 4, 3],
  [{ legacyRepeatChannels: true, weights: [0.2, 0.7, 0.1] }, 2, 2, 3],
] as const) {
  const operator = await operatorAt("colorization", options, images(height, width, channels, 2));
  describeOperator(`colorization ${JSON.stringify(options)}, ${height} x ${width}`, () => operator);
}

describe("colorization", () => {
  it("weighs the channels, with the singular value 0.577350", async () => {
    const operator = await operatorAt("colorization", {}, images(1, 1));
    expect(compute(operator, "apply", [1, 0.5, -1])[0]).toBeCloseTo(0.1667, 6);
    expect(operator.svd!.singularValues.data[0]).toBeCloseTo(0.57735, 6);
    const sum = 2 * 0.3333 ** 2 + 0.3334 ** 2;
    compute(operator, "pinv", [1]).forEach((value, c) => expect(value).toBeCloseTo([0.3333, 0.3334, 0.3333][c]! / sum, 5));
  });

  it("repeats the grey value in the simplified form, there and back", async () => {
    const operator = await operatorAt("colorization", { legacyRepeatChannels: true }, images(1, 1));
    for (const value of compute(operator, "apply", [0.9, 0.3, 0])) expect(value).toBeCloseTo(0.4, 6);
    for (const value of compute(operator, "pinv", [0.4, 0.4, 0.4])) expect(value).toBeCloseTo(0.4, 6);
  });

  it("turns one channel into as many as it has weights, and refuses others", async () => {
    const factory = await createOperator("colorization", {});
    expect(factory.imageFor(images(4, 5, 1))).toEqual(images(4, 5, 3));
    expect(() => factory.imageFor(images(4, 5, 3))).toThrow("colorization: expected 1 channels, received 3");
    expect(() => factory.at(images(4, 5, 1))).toThrow("colorization: expected 3 channels, received 1");
  });
});
