import { trace, type Graph, type HostTensor } from "@leader/graph";
import { interpret } from "@leader/graph/reference";
import { randomTensor } from "@leader/graph/testing";
import { expect, it } from "vitest";
import { createTfjsBackend } from "../index.js";
import { unsupportedOps } from "../unsupported.js";
import { mergedAxes, repeatedAxes } from "./merged-axes.js";

async function expectAsInterpreted(graph: Graph, input: HostTensor): Promise<void> {
  await using backend = await createTfjsBackend({ prefer: ["cpu"] }, { warn: () => undefined });
  const executable = await backend.compile(graph);
  using x = await backend.upload(input);
  const outputs = await executable.run([x]);
  for (const [i, expected] of interpret(graph, [input]).entries()) {
    using output = outputs[i]!;
    const { shape, data } = await output.read();
    expect(shape).toEqual(expected.shape);
    expect(Math.max(...Array.from(expected.data, (value, at) => Math.abs(value - data[at]!)))).toBeLessThan(1e-5);
  }
}

it("takes axes together that are reduced or kept together", () => {
  expect(mergedAxes([2, 3, 4, 5], [1, 2])).toEqual({ shape: [2, 12, 5], axes: [1] });
  expect(mergedAxes([1, 1, 8, 1, 4, 2, 4, 2], [1, 3, 5, 7])).toEqual({ shape: [32, 2, 4, 2], axes: [1, 3] });
  expect(mergedAxes([1, 1], [0])).toEqual({ shape: [], axes: [] });
});

it("reduces more axes than shaders know", async () => {
  const shape = [1, 2, 2, 1, 3, 2, 3, 2];
  const input = randomTensor([2, 2, 36]);
  const graph = trace(
    (x) => {
      const y = x.reshape(shape);
      return [y.sum([1, 3, 5, 7]), y.max([0, 2, 4], { keepDims: true }), y.mean([0, 3]), y.min([0, 1, 2, 3, 4, 5, 6, 7])].map((each) =>
        each.mul(2),
      );
    },
    [input],
  );
  await expectAsInterpreted(graph, input);
});

it("repeats along more axes than shaders know", async () => {
  const input = randomTensor([3, 2, 2]);
  const [few, many] = [
    [1, 3, 2, 1, 2, 1],
    [1, 3, 2, 4, 2, 4],
  ];
  expect(repeatedAxes(few, many)).toEqual({ shape: [6, 4, 2, 4], axes: [1, 3] });
  const graph = trace((x) => [x.reshape(few).expand(many), x.greater(0).reshape(few).expand(many).cast("float32")], [input]);
  await expectAsInterpreted(graph, input);
});

it("says what shaders cannot do by the axes that they see", () => {
  const deep = { shape: [2, 3, 2, 3, 2, 3, 2], dtype: "float32" } as const;
  const missing = (axes: readonly number[]): readonly string[] =>
    unsupportedOps(
      trace((x) => x.reshape(deep.shape).sum(axes), [{ shape: [432], dtype: "float32" }]),
      "webgpu",
    ).map(({ reason }) => reason);
  expect(missing([0, 1, 2])).toEqual([]);
  expect(missing([0, 2, 4, 6])).toEqual(["no WebGPU kernels for more than 6 axes"]);
});
