import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { AttributeProto_AttributeType, AttributeProtoSchema, NodeProtoSchema } from "onnx-buf";
import { afterAll, describe, expect, it } from "vitest";
import { normals } from "../src/random/philox.js";
import { externalDataReader, readOnnx } from "../src/onnx/index.js";
import { readStored } from "../src/stored.js";
import { interpret } from "../src/reference/index.js";
import { ints, model, node, value } from "./onnx-model.js";

const random = (name: string, shape: readonly number[]) => ({
  shape,
  dtype: "float32" as const,
  data: Float32Array.from(
    normals(
      { seed: 5, image: 0, step: 0, name },
      shape.reduce((a, b) => a * b, 1),
    ),
  ),
});

describe("Constant", () => {
  const largest = 2n ** 63n - 1n;
  const constant = (attribute: Parameters<typeof create<typeof AttributeProtoSchema>>[1]) =>
    create(NodeProtoSchema, { opType: "Constant", output: ["ends"], attribute: [create(AttributeProtoSchema, attribute)] });
  const { INT, INTS } = AttributeProto_AttributeType;
  it.each([
    ["value_ints", constant({ name: "value_ints", type: INTS, ints: [largest] }), "ends"],
    ["value_int", constant({ name: "value_int", type: INT, i: largest }), "end"],
  ] as const)("%s keeps the integer that means to the end", (name, made, end) => {
    const nodes = name === "value_int" ? [made, node("Reshape", ["ends", "one"], ["end"])] : [made];
    const bytes = model({
      inputs: [value("x", [2, 3])],
      outputs: [value("y", [2, 2])],
      weights: [ints("one", [1], [1]), ints("starts", [1], [1]), ints("axes", [1], [1])],
      nodes: [...nodes, node("Slice", ["x", "starts", end, "axes"], ["y"])],
    });
    expect(readOnnx(bytes).outputs[0]!.aval.shape).toEqual([2, 2]);
  });
});

it("sorts nodes that stand in the wrong order", () => {
  const bytes = model({
    inputs: [value("x", [2])],
    outputs: [value("y", [2])],
    nodes: [node("Mul", ["b", "a"], ["y"]), node("Exp", ["a"], ["b"]), node("Neg", ["x"], ["a"])],
  });
  const [y] = interpret(readOnnx(bytes).graph, [{ shape: [2], dtype: "float32", data: Float32Array.of(0.5, -1) }]);
  expect([...y!.data].map((v) => v.toFixed(5))).toEqual([(-0.5 * Math.exp(-0.5)).toFixed(5), Math.E.toFixed(5)]);
});

describe("Attention", () => {
  const [heads, queries, keys, d] = [4, 3, 5, 2];
  /** Written over indices: what every query head returns. */
  function expected(q: Float32Array, k: Float32Array, v: Float32Array, own: number, causal: boolean): number[] {
    return Array.from({ length: heads * queries * d }, (_, i) => {
      const [h, t, j] = [Math.floor(i / (queries * d)), Math.floor(i / d) % queries, i % d];
      const at = Math.floor(h / (heads / own));
      const scores = Array.from({ length: keys }, (__, s) => {
        if (causal && s > t) return -Infinity;
        let sum = 0;
        for (let c = 0; c < d; c++) sum += q[(h * queries + t) * d + c]! * k[(at * keys + s) * d + c]!;
        return sum / Math.sqrt(d);
      });
      const weights = scores.map((s) => Math.exp(s));
      return weights.reduce((sum, w, s) => sum + w * v[(at * keys + s) * d + j]!, 0) / weights.reduce((a, b) => a + b, 0);
    });
  }
  it.each([
    [4, 0],
    [2, 0],
    [4, 1],
    [1, 1],
  ])("with %i key heads, causal %i", (own, causal) => {
    const [q, k, v] = [random("q", [1, heads, queries, d]), random("k", [1, own, keys, d]), random("v", [1, own, keys, d])];
    const bytes = model(
      {
        inputs: [value("q", q.shape), value("k", k.shape), value("v", v.shape)],
        outputs: [value("y", q.shape)],
        nodes: [node("Attention", ["q", "k", "v"], ["y"], { is_causal: causal })],
      },
      23,
    );
    const [y] = interpret(readOnnx(bytes).graph, [q, k, v]);
    expected(q.data, k.data, v.data, own, causal === 1).forEach((value, i) => expect(y!.data[i]).toBeCloseTo(value, 5));
  });

  it("splits arrays of three axes into heads", () => {
    const x = random("x", [1, queries, heads * d]);
    const bytes = model(
      {
        inputs: [value("x", x.shape)],
        outputs: [value("y", x.shape)],
        nodes: [node("Attention", ["x", "x", "x"], ["y"], { q_num_heads: heads, kv_num_heads: heads })],
      },
      23,
    );
    const [y] = interpret(readOnnx(bytes).graph, [x]);
    expect(y!.shape).toEqual(x.shape);
    const first = (t: number, c: number): number => x.data[t * heads * d + c]!;
    const scores = Array.from({ length: queries }, (_, s) =>
      Math.exp((first(0, 0) * first(s, 0) + first(0, 1) * first(s, 1)) / Math.sqrt(d)),
    );
    const total = scores.reduce((a, b) => a + b, 0);
    expect(y!.data[0]).toBeCloseTo(
      scores.reduce((sum, w, s) => sum + (w / total) * first(s, 0), 0),
      5,
    );
  });
});

describe("caches of the Hugging Face hub", () => {
  const home = mkdtempSync(join(tmpdir(), "leader-hub-"));
  afterAll(() => rmSync(home, { recursive: true, force: true }));
  const [blobs, snapshot, outside] = ["blobs", "snapshots", "outside"].map((name) => join(home, name)) as [string, string, string];
  for (const folder of [blobs, snapshot, outside]) mkdirSync(folder);
  writeFileSync(join(blobs, "model"), "");
  writeFileSync(join(blobs, "weights"), Float32Array.of(1, 2));
  writeFileSync(join(outside, "secret"), Float32Array.of(3, 4));
  symlinkSync("../blobs/model", join(snapshot, "model.onnx"));
  symlinkSync("../blobs/weights", join(snapshot, "model.onnx.data"));
  symlinkSync("../outside/secret", join(snapshot, "other.data"));
  writeFileSync(join(snapshot, "plain.onnx"), "");

  it("allows links of model and weights into one folder, and nothing else", () => {
    const weights = externalDataReader(snapshot, "model.onnx")("model.onnx.data");
    expect(readStored(weights, 0, 8)).toEqual(new Uint8Array(Float32Array.of(1, 2).buffer));
    expect(() => externalDataReader(snapshot, "model.onnx")("other.data")).toThrow("symbolic link");
    expect(() => externalDataReader(snapshot, "plain.onnx")("model.onnx.data")).toThrow("symbolic link");
  });
});
