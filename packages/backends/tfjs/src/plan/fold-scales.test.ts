import { describe, expect, it } from "vitest";
import { trace, type Graph, type Tensor } from "@leader/graph";
import { interpret } from "@leader/graph/reference";
import { randomTensor } from "@leader/graph/testing";
import { foldScales } from "./fold-scales.js";

const image = randomTensor([1, 3, 9, 9]);
const factors = randomTensor([1, 4, 1, 1], 1);
const shifts = randomTensor([4, 1, 1], 2);
const convolved = (x: Tensor): Tensor =>
  x.conv(x.trace.constant(randomTensor([4, 3, 3, 3], 3)), { pads: [1, 1, 1, 1], bias: x.trace.constant(randomTensor([4], 4)) });

const count = (graph: Graph, op: string): number => graph.nodes.filter((node) => node.op === op).length;

function expectSame(graph: Graph, folded: Graph): void {
  const [before, after] = [graph, folded].map((each) => interpret(each, [image, factors, shifts])[0]!);
  expect(after!.shape).toEqual(before!.shape);
  expect(Math.max(...Array.from(before!.data, (value, i) => Math.abs(value - after!.data[i]!)))).toBeLessThan(1e-5);
}
const traced = (body: (x: Tensor, factor: Tensor, shift: Tensor) => Tensor): Graph =>
  trace((x, factor, shift) => body(x, factor, shift), [image, factors, shifts]);
const imageSized = (graph: Graph): number => graph.nodes.filter(({ op, aval }) => op !== "Conv" && aval.shape.at(-1) === 9).length;

describe("foldScales", () => {
  it("moves the factors of channels, and what is added to them, into a convolution", () => {
    for (const body of [
      (x: Tensor, s: Tensor, t: Tensor) => convolved(x).mul(s).add(t),
      (x: Tensor, s: Tensor, t: Tensor) => t.add(s.mul(convolved(x))),
      (x: Tensor, s: Tensor) => convolved(x).mul(s),
    ]) {
      const graph = traced(body);
      const folded = foldScales(graph);
      expect(imageSized(graph)).toBeGreaterThan(0);
      expect(imageSized(folded)).toBe(0);
      expect(count(folded, "Conv")).toBe(1);
      expectSame(graph, folded);
    }
  });

  it("leaves alone what is read elsewhere, factors of pixels, and weights that are computed", () => {
    for (const body of [
      (x: Tensor, s: Tensor) => {
        const y = convolved(x);
        return y.mul(s).add(y);
      },
      (x: Tensor) => convolved(x).mul(x.sum([1], { keepDims: true })),
      (x: Tensor, s: Tensor) => x.conv(x.slice([0, 0, 0, 0], [1, 3, 3, 3]).expand([4, 3, 3, 3])).mul(s),
    ]) {
      const graph = traced(body);
      expect(foldScales(graph)).toBe(graph);
    }
  });
});
