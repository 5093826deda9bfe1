import { describe, expect, it } from "vitest";
import { normals } from "../src/random/philox.js";
import { readOnnx } from "../src/onnx/index.js";
import { interpret } from "../src/reference/index.js";
import { sizeOf } from "../src/ir/shape.js";
import type { HostTensor } from "../src/values.js";
import { model, node, value } from "./onnx-model.js";

const random = (name: string, shape: readonly number[], scale = 1): HostTensor => ({
  shape,
  dtype: "float32",
  data: Float32Array.from(normals({ seed: 7, image: 0, step: 0, name }, sizeOf(shape)), (z) => z * scale),
});

/** GridSample and RotaryEmbedding, stated again over single numbers. */

describe("GridSample", () => {
  const [batch, channels, height, width, rows, columns] = [2, 3, 4, 5, 3, 6];
  const x = random("x", [batch, channels, height, width]);
  // Up to three times outside of the image.
  const grid = random("grid", [batch, rows, columns, 2], 1.5);

  const fold = (at: number, low: number, high: number): number => {
    let inside = at;
    while (inside < low || inside > high) inside = inside < low ? 2 * low - inside : 2 * high - inside;
    return inside;
  };
  const even = (v: number): number => (Math.abs(v % 1) === 0.5 ? 2 * Math.round(v / 2) : Math.round(v));
  const cubic = (t: number): number => {
    const s = Math.abs(t);
    if (s >= 2) return 0;
    return s <= 1 ? 1.25 * s ** 3 - 2.25 * s ** 2 + 1 : -0.75 * (s ** 3 - 5 * s ** 2 + 8 * s - 4);
  };
  const kernels: Readonly<Record<string, (t: number) => number>> = { linear: (t) => Math.max(0, 1 - Math.abs(t)), cubic };

  function sampled(mode: string, padding: string, corners: boolean, [n, c, r, k]: readonly number[]): number {
    const limits = (size: number): readonly [number, number] => (corners ? [0, size - 1] : [-0.5, size - 0.5]);
    const inside = (at: number, size: number): number => {
      if (padding === "border") return Math.min(Math.max(at, 0), size - 1);
      return padding === "reflection" ? fold(at, ...limits(size)) : at;
    };
    const [at, other] = ([[width, 0] as const, [height, 1] as const] as const).map(([size, component]) => {
      const g = grid.data[((n! * rows + r!) * columns + k!) * 2 + component]!;
      const exact = corners ? ((g + 1) / 2) * (size - 1) : ((g + 1) * size - 1) / 2;
      return inside(mode === "nearest" ? even(exact) : exact, size);
    });
    const pixel = (i: number, j: number): number => {
      if (padding === "zeros" && (i < 0 || j < 0 || i >= height || j >= width)) return 0;
      return x.data[((n! * channels + c!) * height + Math.round(inside(i, height))) * width + Math.round(inside(j, width))]!;
    };
    if (mode === "nearest") return pixel(Math.round(other!), Math.round(at!));
    let sum = 0;
    for (let i = Math.floor(other!) - 1; i <= Math.floor(other!) + 2; i++) {
      for (let j = Math.floor(at!) - 1; j <= Math.floor(at!) + 2; j++) {
        const weight = kernels[mode]!(other! - i) * kernels[mode]!(at! - j);
        if (weight !== 0) sum += weight * pixel(i, j);
      }
    }
    return sum;
  }

  const cases = ["nearest", "linear", "cubic"].flatMap((mode) =>
    ["zeros", "border", "reflection"].flatMap((padding) => [0, 1].map((corners) => [mode, padding, corners] as const)),
  );
  it.each(cases)("%s, %s, align_corners %i", (mode, padding, corners) => {
    const shape = [batch, channels, rows, columns];
    const bytes = model(
      {
        inputs: [value("x", x.shape), value("grid", grid.shape)],
        outputs: [value("y", shape)],
        nodes: [node("GridSample", ["x", "grid"], ["y"], { mode, padding_mode: padding, align_corners: corners })],
      },
      20,
    );
    const [y] = interpret(readOnnx(bytes).graph, [x, grid]);
    expect(y!.shape).toEqual(shape);
    y!.data.forEach((found, flat) => {
      const place = [
        Math.floor(flat / (channels * rows * columns)),
        Math.floor(flat / (rows * columns)) % channels,
        Math.floor(flat / columns) % rows,
      ];
      expect(found).toBeCloseTo(sampled(mode, padding, corners === 1, [...place, flat % columns]), 4);
    });
  });

  it("refuses a grid of another batch or depth, and a mode that the standard has not", () => {
    const read = (shape: readonly number[], mode = "linear") =>
      readOnnx(
        model(
          {
            inputs: [value("x", x.shape), value("grid", shape)],
            outputs: [value("y", x.shape)],
            nodes: [node("GridSample", ["x", "grid"], ["y"], { mode })],
          },
          20,
        ),
      );
    expect(() => read([1, 3, 6, 2])).toThrow("does not fit");
    expect(() => read([batch, 3, 6, 3])).toThrow("does not fit");
    expect(() => read([batch, 3, 6, 2], "lanczos")).toThrow("mode lanczos");
  });
});

describe("RotaryEmbedding", () => {
  const [batch, heads, length, d, positions] = [2, 3, 4, 6, 9];
  const x = random("x", [batch, heads, length, d]);
  const angle = random("angle", [positions, d / 2]);
  const of = (f: (v: number) => number): HostTensor => ({ ...angle, data: Float32Array.from(angle.data, f) });
  const places = Int32Array.from({ length: batch * length }, (_, i) => (i * 5) % positions);

  it.each([
    [0, 0],
    [1, 0],
    [0, 4],
    [1, 4],
  ])("interleaved %i, of %i components", (interleaved, stated) => {
    const bytes = model(
      {
        inputs: [value("x", x.shape), value("cos", angle.shape), value("sin", angle.shape), value("at", [batch, length], 6)],
        outputs: [value("y", x.shape)],
        nodes: [node("RotaryEmbedding", ["x", "cos", "sin", "at"], ["y"], { interleaved, rotary_embedding_dim: stated })],
      },
      23,
    );
    const at: HostTensor = { shape: [batch, length], dtype: "int32", data: places };
    const [y] = interpret(readOnnx(bytes).graph, [x, of(Math.cos), of(Math.sin), at]);
    const rotated = stated === 0 ? d : stated;
    y!.data.forEach((found, flat) => {
      const [i, row, t, n] = [flat % d, flat - (flat % d), Math.floor(flat / d) % length, Math.floor(flat / (d * length * heads))];
      if (i >= rotated) {
        expect(found).toBe(x.data[flat]);
        return;
      }
      const pair = interleaved === 1 ? i >> 1 : i % (rotated / 2);
      const [first, second] = interleaved === 1 ? [2 * pair, 2 * pair + 1] : [pair, pair + rotated / 2];
      const theta = angle.data[places[n * length + t]! * (d / 2) + pair]!;
      const [re, im] = [x.data[row + first]!, x.data[row + second]!];
      const turned = i === first ? re * Math.cos(theta) - im * Math.sin(theta) : re * Math.sin(theta) + im * Math.cos(theta);
      expect(found).toBeCloseTo(turned, 5);
    });
  });

  it("takes three axes with the number of heads, and refuses what does not split", () => {
    const read = (num_heads: number) =>
      readOnnx(
        model(
          {
            inputs: [value("x", [1, 2, 8]), value("cos", [1, 2, 2]), value("sin", [1, 2, 2])],
            outputs: [value("y", [1, 2, 8])],
            nodes: [node("RotaryEmbedding", ["x", "cos", "sin"], ["y"], { num_heads })],
          },
          23,
        ),
      );
    expect(() => read(3)).toThrow("does not split into 3 heads");
    const still = { shape: [1, 2, 2], dtype: "float32" as const };
    const [ones, zeros] = [1, 0].map((v) => ({ ...still, data: new Float32Array(4).fill(v) }));
    const input = random("flat", [1, 2, 8]);
    expect([...interpret(read(2).graph, [input, ones!, zeros!])[0]!.data]).toEqual([...input.data]);
  });
});
