import { describe, expect, it } from "vitest";
import type { Aval, HostTensor } from "../values.js";
import type { Graph } from "../ir/graph.js";
import { hashGraph } from "../ir/hash.js";
import { printGraph } from "../ir/print.js";
import type { Tensor } from "../ir/tensor.js";
import { GraphBuilder, trace } from "../ir/trace.js";
import { verify } from "../ir/verify.js";
import { interpret } from "../reference/interpret.js";
import { eliminateCommonSubexpressions, valuesInCommon } from "./cse.js";
import { eliminateDeadNodes } from "./dce.js";
import { foldConstants } from "./fold.js";
import { inlineFunctions } from "./inline.js";
import { optimize } from "./optimize.js";

const image: Aval = { shape: [2, 3], dtype: "float32" };
const input: HostTensor = { ...image, data: Float32Array.from([1, -0, 0, -2, 3.5, Infinity]) };
const opsOf = (graph: Graph): readonly string[] => graph.nodes.map((node) => node.op);
const array = (shape: readonly number[], value: number): HostTensor => ({
  shape,
  dtype: "float32",
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value),
});
/** Emitted as such: tensor methods drop some operations themselves. */
const raw = (build: (x: Tensor, builder: GraphBuilder) => Tensor): Graph => {
  const builder = new GraphBuilder();
  return builder.build([build(builder.param("x", image), builder)]);
};

describe("foldConstants", () => {
  it("computes what depends on constants alone", () => {
    const folded = foldConstants(trace((x) => x.mul(x.trace.scalar(2, "float32").exp().add(1)), [image]));
    verify(folded, "foldConstants");
    expect(opsOf(eliminateDeadNodes(folded))).toEqual(["Constant", "Mul"]);
  });
  it("leaves large results to the device, unless their operands are as large", () => {
    const graph = trace((x) => x.add(x.trace.scalar(2, "float32").expand([2, 3])), [image]);
    expect(opsOf(foldConstants(graph, { maxElements: 5 }))).toContain("Expand");
    expect(opsOf(eliminateDeadNodes(foldConstants(graph, { maxElements: 6 })))).toEqual(["Constant", "Add"]);
    const halved = raw((x, builder) => x.add(builder.constant(array([6], 1)).reshape([2, 3])));
    expect(opsOf(foldConstants(halved, { maxElements: 1 }))).not.toContain("Reshape");
  });
  it.each<readonly [string, (x: Tensor, builder: GraphBuilder) => Tensor]>([
    ["reshape to the same shape", (x, b) => b.emit("Reshape", [x], { shape: [2, 3] })],
    ["reshape there and back", (x, b) => b.emit("Reshape", [x.reshape([6])], { shape: [2, 3] })],
    ["expand to the same shape", (x, b) => b.emit("Expand", [x], { shape: [2, 3] })],
    ["cast to the same type", (x, b) => b.emit("Cast", [x], { to: "float32" })],
    ["transpose twice", (x) => x.transpose([1, 0]).transpose([1, 0])],
    ["transpose nothing", (x, b) => b.emit("Transpose", [x], { permutation: [0, 1] })],
    ["negate twice", (x) => x.neg().neg()],
    ["slice all", (x) => x.slice([0, 0], [2, 3])],
    ["pad nothing", (x, b) => b.emit("Pad", [x], { pads: [0, 0, 0, 0], mode: "constant", value: 0 })],
    ["concatenate one", (x, b) => b.emit("Concat", [x], { axis: 0 })],
    ["times one", (x) => x.mul(1)],
    ["one times", (x, b) => b.constant(array([2, 3], 1)).mul(x)],
    ["divided by one", (x) => x.div(1)],
    ["minus zero", (x) => x.sub(0)],
  ])("drops: %s", (_, build) => {
    const graph = raw(build);
    const folded = eliminateDeadNodes(foldConstants(graph));
    expect(opsOf(folded)).toEqual([]);
    expect(folded.outputs).toEqual([0]);
    expect(interpret(folded, [input])).toEqual(interpret(graph, [input]));
  });
  it.each<readonly [string, (x: Tensor, builder: GraphBuilder) => Tensor]>([
    ["plus zero, which changes -0", (x) => x.add(0)],
    ["minus -0, which changes -0", (x) => x.sub(-0)],
    ["times one that broadcasts", (x, b) => x.mul(b.constant(array([2, 2, 3], 1)))],
    ["reverse", (x) => x.flip([0])],
    ["times zero, which keeps NaN", (x) => x.mul(0)],
  ])("keeps: %s", (_, build) => {
    expect(opsOf(eliminateDeadNodes(foldConstants(raw(build)))).length).toBeGreaterThan(0);
  });
  it("joins movements", () => {
    expect(opsOf(eliminateDeadNodes(foldConstants(trace((x) => x.reshape([6]).reshape([3, 2]).transpose([1, 0]), [image]))))).toEqual([
      "Reshape",
      "Transpose",
    ]);
    const turned = eliminateDeadNodes(
      foldConstants(trace((x) => x.transpose([1, 2, 0]).transpose([1, 2, 0]), [{ shape: [2, 3, 4], dtype: "float32" }])),
    );
    expect(printGraph(turned)).toContain("permutation=[2,0,1]");
  });
});

describe("eliminateCommonSubexpressions", () => {
  it("merges equal nodes and equal constants", () => {
    const graph = raw((x, builder) =>
      x
        .exp()
        .mul(builder.constant(array([2, 3], 2)))
        .add(x.exp().mul(builder.constant(array([2, 3], 2)))),
    );
    const merged = eliminateCommonSubexpressions(graph);
    verify(merged, "cse");
    expect(opsOf(merged)).toEqual(["Exp", "Constant", "Mul", "Add"]);
    expect(interpret(merged, [input])).toEqual(interpret(graph, [input]));
  });
  it("keeps what differs in attributes or in the sign of zero", () => {
    const graph = trace((x) => [x.sum([0]), x.sum([1]), x.sum([0], { keepDims: true }), x.mul(0), x.mul(-0)], [image]);
    expect(eliminateCommonSubexpressions(graph)).toBe(graph);
  });
});

describe("eliminateDeadNodes", () => {
  it("keeps params and what outputs need", () => {
    const graph = trace(
      (x, _y) => {
        x.exp();
        return x.neg();
      },
      [image, image],
    );
    const live = eliminateDeadNodes(graph);
    verify(live, "dce");
    expect(opsOf(live)).toEqual(["Neg"]);
    expect(live.params).toHaveLength(2);
    expect(eliminateDeadNodes(live)).toBe(live);
  });
});

describe("inlineFunctions", () => {
  it("replaces calls at any depth and labels their nodes", () => {
    const inner = trace((x) => x.tanh(), [image]);
    const outer = trace((x) => x.trace.emit("Function", [x], { name: "inner", body: inner, evaluations: 0 }).mul(x), [image]);
    const graph = trace(
      (x) => x.trace.within("stage", () => x.trace.emit("Function", [x], { name: "outer", body: outer, evaluations: 1 })),
      [image],
    );
    const flat = inlineFunctions(graph);
    verify(flat, "inline");
    expect(flat.nodes.map((node) => [node.op, node.scope])).toEqual([
      ["Tanh", "stage/outer/inner"],
      ["Mul", "stage/outer"],
    ]);
    expect(interpret(flat, [input])).toEqual(interpret(graph, [input]));
  });
});

describe("optimize", () => {
  it("optimizes the body of a call once, and keeps it one object", () => {
    const body = trace((x) => x.mul(1).exp().add(x.exp()), [image]);
    const call = (): Graph =>
      optimize(
        trace((x) => x.trace.emit("Function", [x], { name: "f", body, evaluations: 1 }), [image]),
        { verify: true },
      );
    const [first, second] = [call(), call()];
    const bodyOf = (graph: Graph): unknown => (graph.nodes[0]!.attrs as { readonly body: Graph }).body;
    expect(opsOf(bodyOf(first) as Graph)).toEqual(["Exp", "Add"]);
    expect(bodyOf(second)).toBe(bodyOf(first));
    expect(bodyOf(optimize(first))).toBe(bodyOf(first));
    expect(hashGraph(second)).toBe(hashGraph(first));
  });
});

describe("valuesInCommon", () => {
  it("finds what an earlier graph computes from the same values, and no calls", () => {
    const body = trace((x) => x.tanh(), [image]);
    const call = (x: Tensor): Tensor => x.trace.emit("Function", [x], { name: "net", body, evaluations: 1 });
    const earlier = trace((x) => [x.exp().mul(2), call(x)], [image]);
    const later = trace((y, x) => [x.exp().mul(2).add(y), x.exp().mul(3), call(x)], [image, image]);
    const found = valuesInCommon(earlier, later, new Map([[1, 0]]));
    const opOf = (graph: Graph, id: number): string => graph.nodes.find((node) => node.id === id)?.op ?? "param";
    expect([...found].map(([own, other]) => [opOf(later, own), opOf(earlier, other)])).toEqual([
      ["param", "param"],
      ["Exp", "Exp"],
      ["Constant", "Constant"],
      ["Mul", "Mul"],
      ["Exp", "Exp"],
    ]);
  });
});
