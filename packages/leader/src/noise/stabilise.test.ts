import { gradient, normals, trace, type HostTensor, type Tensor } from "@leader/graph";
import { evaluateGraph, interpret } from "@leader/graph/reference";
import { describe, expect, it } from "vitest";
import type { GrowingNoise } from "./noise-level.js";
import { destabilised, evenLevel, stabilised, stabiliser } from "./stabilise.js";

type ImageMap = (image: Tensor, scalars: readonly Tensor[]) => Tensor;

const draws = 40_000;
const vector = (data: Float64Array | Float32Array): HostTensor => ({
  shape: [data.length],
  dtype: "float32",
  data: Float32Array.from(data),
});

/** A map in float64, of brightness in [0,1]. */
function mapped(f: ImageMap, noise: GrowingNoise, brightness: Float64Array): Float64Array {
  const scalars = stabiliser(noise).scalars.map(({ shape, data }) => ({ shape, dtype: "float32" as const, data: Float64Array.from(data) }));
  const inputs = [{ shape: [brightness.length], dtype: "float32" as const, data: brightness.map((v) => 2 * v - 1) }, ...scalars];
  const graph = trace(
    (image, ...others) => f(image, others),
    inputs.map(({ shape, dtype }) => ({ shape, dtype })),
  );
  const [made] = evaluateGraph(graph, inputs);
  return Float64Array.from(made!.data, (value) => (value + 1) / 2);
}

/** What noise makes of one brightness. */
function measured({ black, white }: GrowingNoise, brightness: number, seed: number): Float64Array {
  const noise = normals({ seed, image: 0, step: 0, name: "noise" }, draws);
  const deviation = Math.sqrt(black ** 2 + (white ** 2 - black ** 2) * brightness);
  return Float64Array.from(noise, (z) => brightness + deviation * z);
}

const meanOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviationOf = (values: Float64Array): number => {
  const mean = meanOf(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
};

const photons = { black: 2 / 255, white: 25 / 255 };
const cases: readonly GrowingNoise[] = [photons, { black: 5 / 255, white: 40 / 255 }, { black: 10 / 255, white: 15 / 255 }];
const greys = [0.05, 0.2, 0.5, 0.9];

describe("the transform", () => {
  it.each(cases)("gives all tones the same noise, which is what it says: %j", (noise) => {
    for (const [i, grey] of greys.entries()) {
      const y = measured(noise, grey, i);
      expect(deviationOf(mapped(stabilised, noise, y)) / evenLevel(noise)).toBeGreaterThan(0.93);
      expect(deviationOf(mapped(stabilised, noise, y)) / evenLevel(noise)).toBeLessThan(1.1);
    }
    // Without it the noise is not even.
    const [dark, light] = [measured(noise, greys[0]!, 0), measured(noise, greys.at(-1)!, 1)].map(deviationOf);
    expect(light! / dark!).toBeGreaterThan(1.3);
  });

  it("leaves black and white where they are, and keeps the order of what noise makes of black", () => {
    const [black = NaN, white = NaN] = mapped(stabilised, photons, Float64Array.of(0, 1));
    expect(Math.abs(black)).toBeLessThan(1e-6);
    expect(Math.abs(white - 1)).toBeLessThan(1e-6);
    const below = mapped(stabilised, photons, Float64Array.of(-1, -0.1, -0.001, 0));
    expect([...below]).toEqual([...below].sort((a, b) => a - b));
    expect(below.every(Number.isFinite)).toBe(true);
  });

  it("keeps the digits of a picture where noise hardly grows, also in float32", () => {
    const noise = { black: 0.1, white: 0.1 + 1e-7 };
    const image = vector(Float64Array.from({ length: 50 }, (_, i) => i / 25 - 1));
    const inputs = [image, ...stabiliser(noise).scalars];
    const types = inputs.map(({ shape, dtype }) => ({ shape, dtype }));
    for (const f of [stabilised, destabilised]) {
      const [made] = interpret(
        trace((of, ...scalars) => f(of, scalars), types),
        inputs,
      );
      made!.data.forEach((value, i) => expect(Math.abs(value - image.data[i]!)).toBeLessThan(1e-5));
    }
  });
});

describe("the inverse", () => {
  it.each(cases)("of the mean of transformed values is what they were made of: %j", (noise) => {
    for (const [i, grey] of greys.entries()) {
      const mean = meanOf(mapped(stabilised, noise, measured(noise, grey, 10 + i)));
      const [back = NaN] = mapped(destabilised, noise, Float64Array.of(mean));
      const error = evenLevel(noise) / Math.sqrt(draws);
      // The algebraic inverse is a quarter of the gain too dark.
      const quarter = (noise.white ** 2 - noise.black ** 2) / 4;
      expect(Math.abs(back - grey)).toBeLessThan(4 * error + 0.3 * quarter);
    }
    const [back = NaN] = mapped(destabilised, noise, mapped(stabilised, noise, Float64Array.of(0.5)));
    expect(Math.abs((back - 0.5) / ((noise.white ** 2 - noise.black ** 2) / 4) - 1)).toBeLessThan(0.1);
  });

  it("has the derivative that differences have", () => {
    const at = Float64Array.from({ length: 20 }, (_, i) => -0.02 + i / 18);
    const derivative: ImageMap = (image, scalars) => gradient((x) => destabilised(x, scalars).sum(), image);
    const step = 1e-6;
    const [above, below] = [
      mapped(
        destabilised,
        photons,
        at.map((v) => v + step),
      ),
      mapped(
        destabilised,
        photons,
        at.map((v) => v - step),
      ),
    ];
    const slopes = mapped((image, scalars) => derivative(image, scalars).mul(2).sub(1), photons, at);
    at.forEach((_, i) => expect(Math.abs(slopes[i]! - (above[i]! - below[i]!) / (2 * step))).toBeLessThan(1e-4));
  });
});
