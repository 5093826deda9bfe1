import { describe, expect, it } from "vitest";
import type { Aval } from "../values.js";
import type { Graph } from "../ir/graph.js";
import type { ReferenceValue } from "../ir/op-def.js";
import { printGraph } from "../ir/print.js";
import { sizeOf } from "../ir/shape.js";
import type { Tensor } from "../ir/tensor.js";
import { GraphBuilder, trace } from "../ir/trace.js";
import { verify } from "../ir/verify.js";
import { normals } from "../random/philox.js";
import { evaluateGraph } from "../reference/interpret.js";
import { eliminateCommonSubexpressions } from "./cse.js";
import { eliminateDeadNodes } from "./dce.js";
import { gradient } from "./grad.js";
import { jvp } from "./jvp.js";
import { optimize } from "./optimize.js";
import { transpose } from "./transpose.js";
import { vjp } from "./vjp.js";

const image: Aval = { shape: [2, 3], dtype: "float32" };
const scalar: Aval = { shape: [], dtype: "float32" };

const sample = (name: string, aval: Aval): ReferenceValue => ({
  ...aval,
  data: Float64Array.from(normals({ seed: 5, image: 0, step: 0, name }, sizeOf(aval.shape))),
});
const inner = (a: ReferenceValue, b: ReferenceValue): number => (a.data as Float64Array).reduce((sum, x, i) => sum + x * b.data[i]!, 0);
const shifted = (x: ReferenceValue, t: ReferenceValue, step: number): ReferenceValue => ({
  ...x,
  data: (x.data as Float64Array).map((value, i) => value + step * t.data[i]!),
});

/** A smooth function that uses its arguments several times, broadcasts, and calls a function. */
function nonlinear(): Graph {
  const body = trace((x) => x.tanh().mul(x).add(0.5), [image]);
  return trace(
    (x, a) => {
      const called = x.trace.emit("Function", [x], { name: "net", body, evaluations: 1 });
      return [called.mul(a).add(x.square()), called.sum()];
    },
    [image, scalar],
  );
}

describe("vjp and jvp", () => {
  it("agree with central differences and with each other", () => {
    const graph = nonlinear();
    const inputs = graph.params.map((p) => sample(`x:${p.name}`, p.aval));
    const tangents = graph.params.map((p) => sample(`t:${p.name}`, p.aval));
    const values = evaluateGraph(graph, inputs);
    const cotangents = values.map((value, i) => sample(`ct:${i}`, value));
    const step = 1e-5;
    const at = (sign: number): readonly ReferenceValue[] =>
      evaluateGraph(
        graph,
        inputs.map((x, i) => shifted(x, tangents[i]!, sign * step)),
      );
    const [forward, backward] = [at(1), at(-1)];
    const difference = cotangents.reduce((sum, ct, i) => sum + (inner(ct, forward[i]!) - inner(ct, backward[i]!)) / (2 * step), 0);

    const reverseGraph = vjp(graph);
    const forwardGraph = jvp(graph);
    verify(reverseGraph, "vjp");
    verify(forwardGraph, "jvp");
    const reverse = evaluateGraph(reverseGraph, [...inputs, ...cotangents]).reduce((sum, ct, i) => sum + inner(ct, tangents[i]!), 0);
    const tangent = evaluateGraph(forwardGraph, [...inputs, ...tangents]).reduce((sum, t, i) => sum + inner(t, cotangents[i]!), 0);
    expect(Math.abs(reverse - difference)).toBeLessThan(1e-8 * Math.abs(difference));
    expect(Math.abs(tangent - reverse)).toBeLessThan(1e-12 * Math.abs(reverse));
  });
  it("differentiate twice", () => {
    const cube = trace((x) => x.mul(x).mul(x), [image]);
    const x = sample("x", image);
    const [u, v] = [sample("u", image), sample("v", image)];
    const [second] = evaluateGraph(jvp(vjp(cube), { wrt: [0] }), [x, u, v]);
    (second!.data as Float64Array).forEach((value, i) => expect(value).toBeCloseTo(6 * x.data[i]! * u.data[i]! * v.data[i]!, 12));
  });
  it("gives zeros where nothing flows, and reads nothing for them", () => {
    const graph = vjp(trace((x, y) => x.round().add(y), [image, image]));
    const [ctX] = evaluateGraph(graph, [sample("x", image), sample("y", image), sample("ct", image)]);
    expect(Array.from(ctX!.data)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(printGraph(eliminateDeadNodes({ ...graph, outputs: [graph.outputs[0]!] }))).not.toContain("Round");
  });
  it("emits nothing for inputs that nobody asked for", () => {
    const graph = trace((x, y) => x.mul(y.exp()), [image, image]);
    expect(printGraph(vjp(graph, { wrt: [0] }))).toMatchInlineSnapshot(`
      "graph(%0:float32[2,3] "x0", %1:float32[2,3] "x1", %2:float32[2,3] "ct:0") {
        %3:float32[2,3] = Exp(%1)
        %4:float32[2,3] = Mul(%2, %3)
        return %4
      }"
    `);
  });
  it("keeps the cotangents of an argument given twice apart", () => {
    const body = trace((x, y) => x.mul(y).add(x), [image, image]);
    const builder = new GraphBuilder();
    const x = builder.param("x", image);
    const graph = builder.build([builder.emit("Function", [x, x], { name: "f", body, evaluations: 0 })]);
    const at = sample("x", image);
    const ones = { ...image, data: new Float64Array(6).fill(1) };
    const [ct] = evaluateGraph(vjp(graph), [at, ones]);
    (ct!.data as Float64Array).forEach((value, i) => expect(value).toBeCloseTo(2 * at.data[i]! + 1, 12));
  });
  it("refuses what is not a float32 param", () => {
    const graph = trace((x, i) => x.gather(i, 0), [image, { shape: [2], dtype: "int32" }]);
    expect(() => vjp(graph, { wrt: [1] })).toThrow(/positions of float32 params, received 1 \(int32\[2\]\)/);
    expect(() => jvp(graph, { wrt: [7] })).toThrow(/received 7/);
    expect(vjp(graph).outputs).toHaveLength(1);
  });
});

describe("gradient", () => {
  it("differentiates a part of a trace and treats what it captures as constant", () => {
    const graph = trace(
      (x, y) => {
        const outside = x.exp();
        return gradient((z) => z.sub(y).square().sum().add(outside.mul(z).sum()), x);
      },
      [image, image],
    );
    const [x, y] = [sample("x", image), sample("y", image)];
    const [found] = evaluateGraph(graph, [x, y]);
    (found!.data as Float64Array).forEach((value, i) =>
      expect(value).toBeCloseTo(2 * (x.data[i]! - y.data[i]!) + Math.exp(x.data[i]!), 12),
    );
  });
  it("nests", () => {
    const graph = trace(
      (x) =>
        gradient(
          (z) =>
            gradient((w) => w.mul(w).mul(w).sum(), z)
              .square()
              .sum(),
          x,
        ),
      [image],
    );
    const x = sample("x", image);
    const [found] = evaluateGraph(graph, [x]);
    (found!.data as Float64Array).forEach((value, i) => expect(value).toBeCloseTo(36 * x.data[i]! ** 3, 10));
  });
  it("costs one forward pass of a network that is also called outside", () => {
    const body = trace((x) => x.tanh().mul(2), [image]);
    const net = (x: Tensor): Tensor => x.trace.emit("Function", [x], { name: "net", body, evaluations: 1 });
    const graph = trace((x) => [net(x), gradient((z) => net(z).square().sum(), x)], [image]);
    const optimized = optimize(graph, { verify: true });
    expect(optimized.nodes.map((node) => node.op).filter((op) => op === "Tanh" || op === "Function")).toEqual(["Tanh"]);
    const x = sample("x", image);
    const [before, after] = [evaluateGraph(graph, [x]), evaluateGraph(optimized, [x])];
    expect(after).toEqual(before);
  });
  it("labels what it emits like the stage that asked for it", () => {
    const builder = new GraphBuilder();
    const x = builder.param("x", image);
    const out = builder.within("baseline/dps", () => gradient((z) => builder.within("loss", () => z.square().sum()), x));
    expect(new Set(builder.build([out]).nodes.map((node) => node.scope))).toEqual(new Set(["baseline/dps", "baseline/dps/loss"]));
  });
  it("refuses a function that ignores its argument, and one that is no scalar", () => {
    expect(() => trace((x, y) => gradient(() => y.sum(), x), [image, image])).toThrow(/does not depend on its argument/);
    expect(() => trace((x) => gradient((z) => z.exp(), x), [image])).toThrow(/one float32 number, received float32\[2,3\]/);
  });
});

describe("transpose", () => {
  it("derives an adjoint that reads only the measurement", () => {
    const downsample = trace((x) => x.reshape([1, 2, 1, 3]).mean([1]).mul(2), [image]);
    expect(printGraph(optimize(transpose(downsample), { verify: true }))).toMatchInlineSnapshot(`
      "graph(%0:float32[1,1,3] "y") {
        %1:float32[] = Constant() 2
        %2:float32[1,1,3] = Mul(%0, %1)
        %3:float32[1,1,3] = Div(%2, %1)
        %4:float32[1,1,1,3] = Reshape(%3) shape=[1,1,1,3]
        %5:float32[1,2,1,3] = Expand(%4) shape=[1,2,1,3]
        %6:float32[2,3] = Reshape(%5) shape=[2,3]
        return %6
      }"
    `);
  });
  it("is its own inverse on values", () => {
    const linear = trace(
      (x) =>
        x
          .slice([0, 1], [2, 3])
          .pad([1, 0, 0, 2])
          .matmul(x.trace.constant({ shape: [4, 2], dtype: "float32", data: Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8]) })),
      [image],
    );
    const x = sample("x", image);
    const [y] = evaluateGraph(linear, [x]);
    const probe = sample("y", y!);
    const [adjoint] = evaluateGraph(transpose(linear), [probe]);
    expect(inner(y!, probe)).toBeCloseTo(inner(x, adjoint!), 12);
    expect(evaluateGraph(transpose(transpose(linear)), [x])[0]!.data).toEqual(y!.data);
  });
  it.each<readonly [string, (x: Tensor) => Tensor, RegExp]>([
    ["squares", (x) => x.square(), /not linear.*reads the input at %\d+.*Mul/s],
    ["rectifies", (x) => x.maximum(0), /not linear/],
    ["rounds, which a derivative does not see", (x) => x.add(x.round()), /not linear.*Round/s],
    ["compares", (x) => x.greater(0).cast("float32"), /not linear/],
    ["adds a constant", (x) => x.mul(2).add(0.25), /maps zero to 0.25 at .*Add/s],
    ["pads with a constant", (x) => x.pad([0, 0, 0, 1], "constant", 3), /maps zero to 3/],
  ])("refuses a map that %s", (_, f, message) => {
    expect(() => transpose(trace(f, [image]), "toy")).toThrow(message);
  });
  it("accepts constants that cancel", () => {
    const graph = trace((x) => x.add(1).sub(1), [image]);
    const y = sample("y", image);
    expect(evaluateGraph(transpose(graph), [y])[0]!.data).toEqual(y.data);
  });
  it("accepts the identity and the zero map", () => {
    const y = sample("y", image);
    expect(evaluateGraph(transpose(trace((x) => x, [image])), [y])[0]!.data).toEqual(y.data);
    expect(Array.from(evaluateGraph(transpose(trace((x) => x.sub(x), [image])), [y])[0]!.data).every((v) => v === 0)).toBe(true);
  });
});

describe("eliminateCommonSubexpressions", () => {
  it("keeps an order of definition when a call is replaced by what stands behind it", () => {
    const body = trace((x) => x.exp().add(1), [image]);
    const graph = trace((x) => [x.trace.emit("Function", [x], { name: "f", body, evaluations: 0 }).mul(3), x.exp().add(1)], [image]);
    const merged = eliminateDeadNodes(eliminateCommonSubexpressions(graph));
    verify(merged, "cse");
    expect(merged.nodes.map((node) => node.op)).not.toContain("Function");
  });
});
