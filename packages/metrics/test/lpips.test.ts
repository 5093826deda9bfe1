import { normals, type HostTensor } from "@leader/graph";
import { inspectOnnx } from "@leader/graph/onnx";
import { referenceBackend } from "@leader/graph/reference";
import { describe, expect, it } from "vitest";
import { lpips, lpipsModel } from "../src/index.js";
import { imageOf } from "./pictures.js";

const random = (name: string, shape: readonly number[], scale = 1): HostTensor => ({
  shape,
  dtype: "float32",
  data: normals(
    { seed: 0, image: 0, step: 0, name },
    shape.reduce((a, b) => a * b, 1),
  ).map((z) => z * scale),
});

/** Weights of the published layout with few channels. */
function smallAlex(): Map<string, HostTensor> {
  const channels = [3, 4, 5, 6, 4, 3];
  const sizes = [11, 5, 3, 3, 3];
  const entries = [0, 3, 6, 8, 10].flatMap((n, i): [string, HostTensor][] => {
    const [from, to, size] = [channels[i]!, channels[i + 1]!, sizes[i]!];
    const lin = random(`lin${i}`, [1, to, 1, 1]);
    return [
      [`features.${n}.weight`, random(`w${i}`, [to, from, size, size], 1 / Math.sqrt(from * size * size))],
      [`features.${n}.bias`, random(`b${i}`, [to])],
      [`lin${i}.weight`, { ...lin, data: Float32Array.from(lin.data, Math.abs) }],
    ];
  });
  return new Map(entries);
}

describe("a small network of the same layout", () => {
  const { model, backbone } = lpipsModel(smallAlex(), "small.npz");
  const images = (size: number): [HostTensor, HostTensor] => [random("a", [1, 3, size, size], 0.4), random("b", [1, 3, size, size], 0.4)];

  it("serves every size, is 0 for equal images, positive otherwise, and symmetric", async () => {
    expect(backbone).toBe("alex");
    await using metric = lpips(model, "small.onnx", referenceBackend());
    for (const size of [31, 48]) {
      const [a, b] = images(size);
      expect(await metric.measure(a, a)).toBe(0);
      const distance = await metric.measure(a, b);
      expect(distance).toBeGreaterThan(0.01);
      expect(await metric.measure(b, a)).toBeCloseTo(distance, 6);
    }
  });

  it("is standard ONNX with open sizes", () => {
    const { inputs, opset } = inspectOnnx(model);
    expect(inputs.map(({ shape }) => shape)).toEqual([
      [1, 3, "height", "width"],
      [1, 3, "height", "width"],
    ]);
    expect(opset).toBe(20);
  });

  it("refuses images that are too small or grey, with the size that would do", async () => {
    await using metric = lpips(model, "small.onnx", referenceBackend());
    await expect(metric.measure(...images(30))).rejects.toThrow(/at least 31 pixels per side/u);
    const grey = imageOf(
      Array.from({ length: 1600 }, () => 0),
      40,
      40,
      1,
    );
    await expect(metric.measure(grey, grey)).rejects.toMatchObject({ code: "LEADER_METRIC_COLOUR" });
  });

  it("tells apart networks by their weights", async () => {
    const other = smallAlex();
    other.set("features.0.bias", random("other", [4]));
    await using first = lpips(model, "a.onnx", referenceBackend());
    await using second = lpips(lpipsModel(other, "b.npz").model, "b.onnx", referenceBackend());
    expect(first.identity.variant).toMatch(/^alex v0\.1 #[0-9a-f]{8}$/u);
    expect(second.identity.variant).not.toBe(first.identity.variant);
  });

  it("names what is missing or misshapen in a weights file", () => {
    const missing = smallAlex();
    missing.delete("lin3.weight");
    expect(() => lpipsModel(missing, "w.npz")).toThrow(/w\.npz does not hold LPIPS weights for alex: `lin3\.weight` is missing/u);
    const wrong = smallAlex().set("features.6.weight", random("x", [6, 9, 3, 3]));
    expect(() => lpipsModel(wrong, "w.npz")).toThrow(/`features\.6\.weight` is float32\[6,9,3,3\], expected float32\[\*,5,\*,\*\]/u);
  });

  it("refuses files that are something else", () => {
    expect(() => lpips(new Uint8Array([1, 2, 3]), "x.onnx", referenceBackend())).toThrow(
      /x\.onnx is not a network made by `leader import-lpips`/u,
    );
  });
});
