import { describe, expect, it } from "vitest";
import { denseMatrix, type DenseMatrix } from "./dense.js";
import { denseSvd } from "./dense-svd.js";
import { smallEigenpairs } from "./small-eigenpairs.js";

/** A symmetric blur: taps by distance, with zeros or the mirrored picture outside. */
function blur(size: number, taps: readonly number[], mirrored: boolean): DenseMatrix {
  const data = new Float64Array(size * size);
  for (let r = 0; r < size; r++) {
    for (let d = 1 - taps.length; d < taps.length; d++) {
      const c = r + d;
      const place = c < 0 ? -1 - c : c >= size ? 2 * size - 1 - c : c;
      if (place === c || mirrored) data[r * size + place]! += taps[Math.abs(d)]!;
    }
  }
  return { rows: size, columns: size, data };
}

const gaussian = (half: number, sigma: number): readonly number[] => {
  const raw = Array.from({ length: half + 1 }, (_, i) => Math.exp(-0.5 * (i / sigma) ** 2));
  const sum = raw.reduce((a, b) => a + 2 * b, -raw[0]!);
  return raw.map((x) => x / sum);
};

describe("smallEigenpairs", () => {
  it.each([
    [64, gaussian(2, 10), false],
    [97, gaussian(4, 20), false],
    [256, gaussian(2, 10), false],
    [128, gaussian(2, 10), true],
    [80, [1 / 9, 1 / 9, 1 / 9, 1 / 9, 1 / 9], false],
    [81, [0.5, 0.25], false],
  ] as const)("cuts what the full decomposition cuts: %i pixels, taps %j, mirrored %j", (size, taps, mirrored) => {
    const a = blur(size, taps, mirrored);
    const limit = 0.03;
    const { u, singularValues, v } = denseSvd(a);
    const small = [...singularValues.keys()].filter((k) => singularValues[k]! < limit);
    const found = smallEigenpairs(a, limit);
    expect(found?.values.length).toBe(small.length);
    expect([...found!.values].map(Math.abs).sort((x, y) => y - x)).toEqual(
      small.map((k) => expect.closeTo(singularValues[k]!, 10) as number),
    );
    // The part that is cut is one matrix, whichever vectors span it.
    for (let r = 0; r < size; r++) {
      for (let c = 0; c < size; c += 3) {
        const expected = small.reduce((sum, k) => sum + u.data[r * size + k]! * singularValues[k]! * v.data[c * size + k]!, 0);
        const cut = found!.values.reduce(
          (sum, w, k) => sum + w * found!.vectors.data[k * size + r]! * found!.vectors.data[k * size + c]!,
          0,
        );
        expect(Math.abs(cut - expected)).toBeLessThan(1e-9);
      }
    }
  });

  it("finds pairs of equal values", () => {
    const twice = denseMatrix(60, 60, (r, c) => (r === c ? [0.01, 0.01, -0.01, 1][Math.min(r % 30, 3)]! : 0));
    const found = smallEigenpairs(twice, 0.03)!;
    expect([...found.values].sort()).toEqual([-0.01, -0.01, 0.01, 0.01, 0.01, 0.01].map((w) => expect.closeTo(w, 12) as number));
  });

  it("leaves matrices of many diagonals, and many pairs, to the full decomposition", () => {
    expect(
      smallEigenpairs(
        denseMatrix(40, 40, () => 1),
        0.03,
      ),
    ).toBeUndefined();
    expect(
      smallEigenpairs(
        denseMatrix(40, 40, (r, c) => (r === c ? 0.001 : 0)),
        0.03,
      ),
    ).toBeUndefined();
  });
});
