import { normals, type Aval, type HostTensor } from "@leader/core";
import { trace } from "@leader/graph";
import { interpret } from "@leader/graph/reference";
import { describe, expect, it } from "vitest";
import { createOperator, images } from "../../test/environment.js";

const weights = [0.299, 0.587, 0.114];
const factory = await createOperator("colorization", { weights, small: { side: 16, draws: 3 } });
const small = factory.small!;

const reduced = (y: HostTensor, to: Aval): HostTensor =>
  interpret(
    trace((t) => small.reduce(t, to), [y]),
    [y],
  )[0]!;

/** Enlarged as a whole. */
function enlarged(mean: HostTensor, y: HostTensor): HostTensor {
  const rows = y.shape[2]!;
  const scale = mean.shape[2]! / rows;
  const places: HostTensor = {
    shape: [rows],
    dtype: "float32",
    data: Float32Array.from({ length: rows }, (_, i) => (i + 0.5) * scale - 0.5),
  };
  const inputs = [mean, reduced(y, { ...mean, shape: mean.shape }), y, places];
  const graph = trace((of, small_, whole, at) => small.enlarge({ mean: of, reduced: small_, y: whole, places: at }), inputs);
  return interpret(graph, inputs)[0]!;
}

const grey = (height: number, width: number, value: (row: number, column: number) => number): HostTensor => ({
  shape: [1, 1, height, width],
  dtype: "float32",
  data: Float32Array.from({ length: height * width }, (_, i) => value(Math.floor(i / width), i % width)),
});

/** A picture [1,3,h,w] by its channels. */
const picture = (height: number, width: number, value: (channel: number, row: number, column: number) => number): HostTensor => ({
  shape: [1, 3, height, width],
  dtype: "float32",
  data: Float32Array.from({ length: 3 * height * width }, (_, i) => {
    const [channel, pixel] = [Math.floor(i / (height * width)), i % (height * width)];
    return value(channel, Math.floor(pixel / width), pixel % width);
  }),
});

const lumaOf = ({ data }: HostTensor): readonly number[] => {
  const pixels = data.length / 3;
  return Array.from({ length: pixels }, (_, i) => weights.reduce((sum, weight, c) => sum + weight * data[c * pixels + i]!, 0));
};

describe("colours of a smaller picture", () => {
  it("are looked for in as many pixels as stated, and never in more than there are", () => {
    expect(small.draws).toBe(3);
    expect(small.imageFor(images(64, 64, 3))).toEqual(images(16, 16, 3));
    expect(small.imageFor(images(32, 128, 3))).toEqual(images(8, 32, 3));
    expect(small.imageFor(images(10, 12, 3))).toEqual(images(10, 12, 3));
    expect(small.imageFor(images(3, 2000, 3)).shape[2]).toBe(3);
  });

  it("are measured by the means of areas, whole pixels or not", () => {
    const ramp = grey(40, 50, (row, column) => row - 2 * column);
    reduced(ramp, images(20, 25, 3)).data.forEach((value, i) => {
      const [row, column] = [Math.floor(i / 25), i % 25];
      expect(value).toBeCloseTo(2 * row + 0.5 - 2 * (2 * column + 0.5), 3);
    });
    const mean = ({ data }: HostTensor): number => Array.from(data).reduce((sum, value) => sum + value, 0) / data.length;
    expect(mean(reduced(ramp, images(14, 18, 3)))).toBeCloseTo(mean(ramp), 3);
  });

  it("leave every grey value as it was measured", () => {
    const noise = normals({ seed: 1, image: 0, step: 0, name: "grey" }, 48 * 64);
    const y = grey(48, 64, (row, column) => 0.3 * noise[row * 64 + column]!);
    const reducedY = reduced(y, images(14, 18, 3));
    const mean = picture(14, 18, (c, row, column) => reducedY.data[row * 18 + column]! + [0.587, -0.299, 0][c]! * Math.sin(row + column));
    const restored = enlarged(mean, y);
    expect(restored.shape).toEqual([1, 3, 48, 64]);
    lumaOf(restored).forEach((value, i) => expect(value).toBeCloseTo(y.data[i]!, 5));
  });

  it("keep to the side of an edge that the picture shows between pixels of the smaller one", () => {
    // The edge lies in the middle of a smaller pixel: those on its right are red, those on its left are green.
    const y = grey(64, 64, (_row, column) => (column < 30 ? -0.5 : 0.5));
    const reducedY = reduced(y, images(16, 16, 3));
    const mean = picture(
      16,
      16,
      (c, row, column) => reducedY.data[row * 16 + column]! + (column < 7 ? [-0.587, 0.299, 0] : [0.587, -0.299, 0])[c]!,
    );
    const { data } = enlarged(mean, y);
    const redness = (column: number): number => data[32 * 64 + column]! - y.data[32 * 64 + column]!;
    expect(redness(26)).toBeLessThan(-0.5);
    expect(redness(33)).toBeGreaterThan(0.5);
  });

  it("are refused where the measurement repeats its channel, or grey has no value", async () => {
    await expect(createOperator("colorization", { small: {}, legacyRepeatChannels: true })).rejects.toThrow(/legacyRepeatChannels/u);
    await expect(createOperator("colorization", { small: {}, weights: [1, -1, 0] })).rejects.toThrow(/sum other than 0/u);
  });
});
