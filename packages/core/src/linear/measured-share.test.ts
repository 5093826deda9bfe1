import { describe, expect, it } from "vitest";
import { maskOperator, poolingOperator } from "../testing/test-operators.js";
import { measuredShare } from "./measured-share.js";

const image = { shape: [1, 3, 6, 6], dtype: "float32" } as const;

describe("measuredShare", () => {
  const { svd: _, ...pooling } = poolingOperator(image);
  const { svd, ...mask } = maskOperator(image);

  it("is the rank over the dimensions of the domain", () => {
    expect(measuredShare(poolingOperator(image))).toBe(0.25);
    expect(measuredShare(maskOperator(image))).toBeCloseTo(2 / 3, 12);
  });
  it("counts measured values where the rank is not known", () => {
    expect(measuredShare(pooling)).toBe(0.25);
    expect(measuredShare(mask)).toBe(1);
    expect(measuredShare({ ...mask, measured: svd!.singularValues })).toBeCloseTo(2 / 3, 12);
  });
});
