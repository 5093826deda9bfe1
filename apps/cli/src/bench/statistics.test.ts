import { normals } from "@leader/graph";
import { describe, expect, it } from "vitest";
import { difference, estimate, leastPictures } from "./statistics.js";

const sample = (image: number, n: number, mean = 0): readonly number[] =>
  Array.from(normals({ seed: 5, image, step: 0, name: "sample" }, n), (z) => z + mean);

describe("estimate", () => {
  it("covers the true mean about as often as it says", () => {
    const runs = 200;
    let covered = 0;
    for (let i = 0; i < runs; i++) {
      const [low, high] = estimate(sample(i, 40), "psnr").interval!;
      if (low <= 0 && 0 <= high) covered++;
    }
    // A percentile interval of 40 values is a little too narrow: 93 to 94 %.
    expect(covered / runs).toBeGreaterThan(0.88);
    expect(covered / runs).toBeLessThan(0.98);
  });

  it("is the same for the same values, and moves with them", () => {
    expect(estimate(sample(0, 12), "psnr")).toEqual(estimate(sample(0, 12), "psnr"));
    const [low] = estimate(sample(0, 12), "psnr").interval!;
    const moved = estimate(sample(0, 12, 10), "psnr").interval!;
    expect(moved[0]).toBeCloseTo(low + 10, 10);
  });

  it("gives no interval for few pictures or infinite values", () => {
    expect(estimate([1, 2, 3, 4, 5], "psnr")).toEqual({ n: 5, mean: 3 });
    expect(estimate([1, 2, 3, 4, 5, Infinity], "psnr")).toEqual({ n: 6, mean: Infinity });
  });
});

describe("difference", () => {
  it("finds a difference that pairing shows and the values alone hide", () => {
    const theirs = sample(1, 20).map((v) => 10 * v);
    const ours = theirs.map((v, i) => v + 0.3 + 0.1 * sample(2, 20)[i]!);
    const result = difference(
      ours.map((v, i) => [v, theirs[i]!] as const),
      "psnr",
    );
    expect(result.significant).toBe(true);
    expect(result.mean).toBeCloseTo(0.3, 1);
    const alone = estimate(ours, "psnr").interval!;
    expect(alone[0]).toBeLessThan(theirs.reduce((a, b) => a + b, 0) / 20);
  });

  it("calls noise insignificant, and equal values too", () => {
    const pairs = sample(3, 20).map((v, i) => [v, sample(4, 20)[i]!] as const);
    expect(difference(pairs, "psnr").significant).toBe(false);
    expect(
      difference(
        Array.from({ length: 8 }, () => [Infinity, Infinity] as const),
        "psnr",
      ),
    ).toMatchObject({ mean: 0, significant: false });
  });

  it("does not judge with too few pictures, however clear they look", () => {
    const pairs = Array.from({ length: leastPictures - 1 }, (_, i) => [i + 100, i] as const);
    expect(difference(pairs, "psnr").significant).toBeUndefined();
    expect(difference([...pairs, [300, 200]], "psnr").significant).toBe(true);
  });
});
