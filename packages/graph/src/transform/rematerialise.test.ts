import { describe, expect, it } from "vitest";
import { rematerialise, type Rematerialisation } from "./rematerialise.js";
import { avalsOf, type Graph } from "../ir/graph.js";
import { sizeOf } from "../ir/shape.js";
import type { Tensor } from "../ir/tensor.js";
import { trace } from "../ir/trace.js";
import { verify } from "../ir/verify.js";
import { toReference } from "../ir/reference-value.js";
import { evaluateGraph } from "../reference/interpret.js";
import { relativeError } from "../testing/evaluate.js";
import { networkGraph } from "../testing/network-graph.js";
import { randomTensor } from "../testing/op-cases/op-case.js";
import { pullback } from "./grad.js";
import { optimize } from "./optimize.js";

const image = { shape: [1, 3, 8, 8], dtype: "float32" } as const;
const kinds: readonly Rematerialisation[] = ["elementwise", "segments"];

/** A network and J^T v of it, in one graph. */
function withDerivative(network: Graph): Graph {
  const traced = trace(
    (...xs) => {
      const [ct, ...inputs] = xs.toReversed() as [Tensor, ...Tensor[]];
      const operands = inputs.toReversed();
      const out = ct.trace.emit("Function", operands, { name: "network", body: network, evaluations: 1 });
      return [out, pullback(out, operands[0]!, ct)];
    },
    [...network.params.map(({ aval }) => aval), image],
  );
  return optimize(traced);
}

/** Convolutions with SiLU between them, each around a sum with what came before: `depth` of them. */
const deep = (depth: number): Graph => {
  const weight = randomTensor([3, 3, 3, 3], 3);
  return trace(
    (x) =>
      Array.from({ length: depth }).reduce<Tensor>(
        (h) => h.add(h.mul(h.sigmoid()).conv(h.trace.constant(weight), { pads: [1, 1, 1, 1] })),
        x,
      ),
    [image],
  );
};

/** The most bytes of values that are alive at once if nodes run in order and are freed after their last use. */
function peakBytes(graph: Graph): number {
  const bytes = avalsOf(graph).map((aval) => 4 * sizeOf(aval.shape));
  const last = new Map(graph.nodes.flatMap(({ id, inputs }) => inputs.map((input) => [input, id] as const)));
  for (const id of graph.outputs) last.set(id, Infinity);
  const computed = graph.nodes.filter(({ op }) => op !== "Constant");
  const counted = new Set(computed.map(({ id }) => id));
  let [alive, peak] = [0, 0];
  for (const { id, inputs } of computed) {
    alive += bytes[id]!;
    peak = Math.max(peak, alive);
    for (const input of new Set(inputs)) if (last.get(input) === id && counted.has(input)) alive -= bytes[input]!;
  }
  return peak;
}

const convolutions = (graph: Graph): number => graph.nodes.filter(({ op }) => op === "Conv").length;

describe.each(kinds)("rematerialisation of %s", (kind) => {
  it("changes no value, and stays through the passes that merge what is equal", () => {
    const { graph, inputs } = networkGraph();
    const plain = withDerivative(graph);
    const saving = rematerialise(plain, [plain.outputs[0]!], kind);
    verify(saving, "rematerialise");
    expect(saving.nodes.length).toBeGreaterThan(plain.nodes.length);
    expect(optimize(saving).nodes.length).toBeGreaterThanOrEqual(saving.nodes.length - 2);
    const values = [...inputs, randomTensor(image.shape, 9)].map(toReference);
    const [expected, received] = [plain, saving].map((one) => evaluateGraph(one, values));
    received!.forEach((value, i) => {
      expect(relativeError(Float64Array.from(value.data), Float64Array.from(expected![i]!.data))).toBeLessThan(1e-12);
    });
  });

  it("keeps less, and computes no more again than it promises", () => {
    const plain = withDerivative(deep(36));
    const saving = rematerialise(plain, [plain.outputs[0]!], kind);
    expect(peakBytes(saving) / peakBytes(plain)).toBeLessThan(kind === "elementwise" ? 0.5 : 0.3);
    expect(convolutions(saving) - convolutions(plain)).toBeLessThan(kind === "elementwise" ? 1 : 36);
  });

  it("leaves a graph without derivative alone", () => {
    const { graph } = networkGraph();
    expect(rematerialise(graph, graph.outputs, kind)).toStrictEqual(graph);
  });
});
