import { describe, expect, it } from "vitest";
import type { Aval } from "../values.js";
import { trace } from "../ir/trace.js";
import { evaluateGraph } from "../reference/interpret.js";
import { checkGradients } from "../testing/check-grads.js";
import { innerProduct, normalArray, relativeError } from "../testing/evaluate.js";
import { networkGraph } from "../testing/network-graph.js";
import { pullback } from "./grad.js";
import { jvp } from "./jvp.js";
import { optimize } from "./optimize.js";
import { vjp } from "./vjp.js";

const { graph, inputs } = networkGraph();
const avals = inputs.map(({ shape, dtype }): Aval => ({ shape, dtype }));
const called = trace(
  (x, time) => x.trace.emit("Function", [x.mul(0.7), time], { name: "network", body: graph, evaluations: 1 }).add(x.square()),
  avals,
);

describe("the derivative of a whole U-Net", () => {
  it.for([
    ["written out", graph],
    ["as a call", called],
  ] as const)("agrees with differences: %s", async ([, network], { annotate }) => {
    const { maxRelativeError, maxRelativeDifference } = checkGradients(network, inputs);
    await annotate(`central differences are ${maxRelativeDifference.toExponential(1)} away, with rounding`);
    expect(maxRelativeError).toBeLessThanOrEqual(1e-6);
  });

  it("is the same forwards and backwards", () => {
    const [x, time] = inputs.map((value) => ({ ...value, data: Float64Array.from(value.data) }));
    const [u, v] = ["u", "v"].map((name) => ({ ...avals[0]!, data: normalArray(avals[0]!, 1, name) }));
    const [forward] = evaluateGraph(jvp(called, { wrt: [0] }), [x!, time!, v!]);
    const [backward] = evaluateGraph(vjp(called, { wrt: [0] }), [x!, time!, u!]);
    const product = innerProduct(forward!.data as Float64Array, u!.data);
    expect(Math.abs(innerProduct(backward!.data as Float64Array, v!.data) - product)).toBeLessThan(1e-10 * Math.abs(product));
  });
});

describe("pullback", () => {
  const pulled = trace(
    (x, time, ct) => {
      const out = x.trace.emit("Function", [x, time], { name: "network", body: graph, evaluations: 1 });
      return [out, pullback(out, x, ct.mul(out))];
    },
    [...avals, avals[0]!],
  );

  it("goes back through a call that has been made, at one forward pass in all", () => {
    const optimized = optimize(pulled);
    const convolutions = (of: typeof graph): number => of.nodes.filter(({ op }) => op === "Conv" || op === "ConvTranspose").length;
    expect(optimized.nodes.some(({ op }) => op === "Function")).toBe(false);
    expect(convolutions(optimized)).toBe(2 * convolutions(graph));
    const ct = { ...avals[0]!, data: normalArray(avals[0]!, 2, "ct") };
    const values = [...inputs.map((value) => ({ ...value, data: Float64Array.from(value.data) })), ct];
    const [expected, received] = [pulled, optimized].map((one) => evaluateGraph(one, values)[1]!.data as Float64Array);
    expect(relativeError(received!, expected!)).toBeLessThan(1e-6);
  });

  it("refuses a cotangent of another type, and values that do not depend on each other", () => {
    expect(() => trace((x, y) => pullback(x.exp(), x, y), avals)).toThrow(/a cotangent of type float32\[1,3,8,8\].*received float32\[1\]/s);
    expect(() => trace((x) => pullback(x.exp(), x.mul(2), x), avals)).toThrow(/does not depend on the input/);
  });
});
