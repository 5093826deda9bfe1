import { readFileSync } from "node:fs";
import { optimize, trace, type Graph, type HostTensor, type Tensor } from "@leader/graph";
import { readOnnx } from "@leader/graph/onnx";
import { interpret } from "@leader/graph/reference";
import { randomTensor } from "@leader/graph/testing";
import { describe, expect, it } from "vitest";
import { splitHostPart } from "./host-part.js";

const image = randomTensor([1, 3, 8, 8]);
const level: HostTensor = { shape: [1], dtype: "float32", data: Float32Array.of(0.3) };

/** Eighteen operations on four numbers made of the level. */
const embedded = (level: Tensor): Tensor =>
  Array.from({ length: 8 })
    .reduce<Tensor>((x) => x.sin().add(1), level.mul(level.trace.constant(randomTensor([4], 7))))
    .tanh();

function expectSame(graph: Graph, inputs: readonly HostTensor[]): void {
  const { graph: host, inputs: positions, rest } = splitHostPart(graph)!;
  const handed = interpret(
    host,
    positions.map((position) => inputs[position]!),
  );
  const [expected, actual] = [interpret(graph, inputs), interpret(rest, [...inputs, ...handed])];
  expected.forEach((value, i) => {
    expect(actual[i]!.shape).toEqual(value.shape);
    expect(Math.max(...Array.from(value.data, (each, at) => Math.abs(each - actual[i]!.data[at]!)))).toBeLessThan(1e-5);
  });
}

describe("the part of a graph for the host", () => {
  it("is what depends on single numbers only, without results", () => {
    const graph = trace((x, a) => [x.mul(embedded(a).sum()), embedded(a)], [image, level]);
    const { graph: host, inputs, rest } = splitHostPart(graph)!;
    expect(inputs).toEqual([1]);
    expect(host.nodes.length).toBeGreaterThan(16);
    expect(rest.nodes.map(({ op }) => op)).toContain("Tanh");
    expect(rest.params.map(({ aval }) => aval.shape).slice(0, 2)).toEqual([image.shape, [1]]);
    expectSame(graph, [image, level]);
  });

  it("is left to the device where it is small, or large", () => {
    expect(splitHostPart(trace((x, a) => x.mul(a.sin().add(1)), [image, level]))).toBeUndefined();
    const wide = (a: Tensor): Tensor => Array.from({ length: 20 }).reduce<Tensor>((x) => x.sin(), a.expand([5000]));
    expect(splitHostPart(trace((x, a) => x.mul(wide(a).sum()), [image, level]))).toBeUndefined();
  });

  it("is all that the embedded prior computes from the noise level", () => {
    const file = readFileSync(new URL("../../../../priors/photo/prior.onnx", import.meta.url));
    const graph = optimize(readOnnx(file, { inputShapes: { x: [1, 3, 8, 8], alpha_bar: [1] } }).graph);
    const { rest } = splitHostPart(graph)!;
    expect(rest.nodes.filter(({ op }) => ["MatMul", "Sin", "Log"].includes(op))).toEqual([]);
    expectSame(graph, [image, level]);
  });
});
