import { printGraph, sizeOf, trace, type Aval } from "@leader/graph";
import { evaluateGraph } from "@leader/graph/reference";
import { expect, it } from "vitest";
import { cpuForms } from "./cpu-forms.js";

it.each([
  ["channels to an image, channels before blocks", [2, 3, 2, 2, 4, 5], [0, 1, 4, 2, 5, 3], true],
  ["channels to an image, blocks before channels", [1, 2, 2, 3, 4, 5], [0, 3, 4, 1, 5, 2], true],
  ["an image to channels", [2, 3, 4, 2, 5, 2], [0, 3, 5, 1, 2, 4], true],
  ["an image to channels, channels before blocks", [2, 3, 4, 2, 5, 2], [0, 1, 3, 5, 2, 4], true],
  ["one exchange", [2, 3, 4, 5], [0, 2, 3, 1], false],
  ["one exchange, back", [2, 4, 5, 3], [0, 3, 1, 2], false],
  ["rows alone", [2, 3, 4, 5], [0, 2, 1, 3], false],
  ["all axes turned", [2, 3, 4], [2, 1, 0], false],
] as const)("moves rows and exchanges two axes in place of one step, with the same values: %s", (_name, shape, permutation, applies) => {
  const input: Aval = { shape, dtype: "float32" };
  const graph = trace((x) => x.transpose(permutation), [input]);
  const rewritten = cpuForms(graph);
  expect(printGraph(rewritten) !== printGraph(graph)).toBe(applies);
  const x = { ...input, data: Float64Array.from({ length: sizeOf(shape) }, (_, i) => i) };
  const [expected, received] = [graph, rewritten].map((one) => evaluateGraph(one, [x])[0]!);
  expect(received).toEqual(expected);
});
