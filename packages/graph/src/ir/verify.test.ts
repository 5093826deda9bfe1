import { describe, expect, it } from "vitest";
import type { Aval } from "../values.js";
import type { Graph } from "./graph.js";
import { hashGraph } from "./hash.js";
import { printGraph } from "./print.js";
import { GraphBuilder, trace } from "./trace.js";
import { verify } from "./verify.js";

const image: Aval = { shape: [2, 3], dtype: "float32" };
const graph = trace((x, y) => x.add(y).sum([0]), [image, image]);
const [add, sum] = graph.nodes;

describe("verify", () => {
  it("accepts what a trace makes", () => {
    verify(graph);
  });
  it.each<readonly [string, Graph, RegExp]>([
    ["ids out of order", { ...graph, nodes: [sum!, add!] }, /node 0 has id %3, expected %2/],
    ["a param id", { ...graph, params: graph.params.toReversed() }, /param `x1` has id %1, expected %0/],
    ["use before definition", { ...graph, nodes: [{ ...add!, inputs: [0, 3] }, sum!] }, /operand %3 is not defined before it is used/],
    ["use of itself", { ...graph, nodes: [{ ...add!, inputs: [0, 2] }, sum!] }, /operand %2/],
    ["a wrong type", { ...graph, nodes: [add!, { ...sum!, aval: image }] }, /expected type float32\[3\], recorded float32\[2,3\]/],
    ["operands that do not fit", { ...graph, nodes: [{ ...add!, inputs: [0] }, sum!] }, /%2:float32\[2,3\] = Add\(%0\)/],
    ["a missing output", { ...graph, outputs: [9] }, /output %9 is not defined/],
  ])("refuses %s", (_, broken, message) => {
    expect(() => verify(broken, "fold")).toThrow(message);
    expect(() => verify(broken, "fold")).toThrow(/invalid graph after `fold`/);
  });
  it("looks into bodies", () => {
    const call = trace((x, y) => x.trace.emit("Function", [x, y], { name: "f", body: graph, evaluations: 0 }), [image, image]);
    const attrs = { name: "f", evaluations: 0, body: { ...graph, nodes: [add!, { ...sum!, inputs: [7] }] } };
    expect(() => verify({ ...call, nodes: [{ ...call.nodes[0]!, attrs }] })).toThrow(/operand %7/);
  });
});

describe("printGraph", () => {
  it("shows types, attributes, scopes, constants and bodies", () => {
    const body = trace((x) => x.tanh(), [image], ["image"]);
    const builder = new GraphBuilder();
    const x = builder.param("x", image);
    const out = builder.within("baseline/ddnm", () => {
      const called = builder.emit("Function", [x], { name: "net", body, evaluations: 1 });
      const mask = builder.constant({ ...image, data: Float32Array.from([1, 0, 1, 0, 1, 0]) });
      const large = builder.constant({ shape: [4, 2, 3], dtype: "float32", data: new Float32Array(24) });
      return called.mul(mask).mul(-0).add(large).sum([0, 1]);
    });
    expect(printGraph(builder.build([out]))).toMatchInlineSnapshot(`
      "graph(%0:float32[2,3] "x") {
        %1:float32[2,3] = Function(%0) net@c64effd6 evaluations=1  # baseline/ddnm
        %2:float32[2,3] = Constant() [1,0,1,0,1,0]  # baseline/ddnm
        %3:float32[4,2,3] = Constant() [...24] sha256=2ea9ab91  # baseline/ddnm
        %4:float32[2,3] = Mul(%1, %2)  # baseline/ddnm
        %5:float32[] = Constant() -0  # baseline/ddnm
        %6:float32[2,3] = Mul(%4, %5)  # baseline/ddnm
        %7:float32[4,2,3] = Add(%6, %3)  # baseline/ddnm
        %8:float32[3] = ReduceSum(%7) axes=[0,1] keepDims=false  # baseline/ddnm
        return %8
      }

      function net@c64effd6(%0:float32[2,3] "image") {
        %1:float32[2,3] = Tanh(%0)
        return %1
      }"
    `);
  });
});

describe("hashGraph", () => {
  const hash = (f: Parameters<typeof trace>[0], names?: readonly string[]): string => hashGraph(trace(f, [image, image], names));
  it("ignores names and scopes", () => {
    const named = hash((x, y) => x.trace.within("stage", () => x.add(y).sum([0])), ["a", "b"]);
    expect(named).toBe(hashGraph(graph));
    expect(named).toMatch(/^[0-9a-f]{64}$/);
  });
  it("tells structure, attributes, constants, types and outputs apart", () => {
    const different = [
      hash((x, y) => x.add(y).sum([0])),
      hash((x, y) => y.add(x).sum([0])),
      hash((x, y) => x.add(y).sum([1])),
      hash((x, y) => x.add(y).sum([0], { keepDims: true })),
      hash((x, y) => [x.add(y).sum([0]), x]),
      hash((x) => x.mul(0)),
      hash((x) => x.mul(-0)),
      hash((x) => x.mul(1)),
      hashGraph(
        trace(
          (x, y) => x.add(y).sum([0]),
          [
            { ...image, shape: [3, 3] },
            { ...image, shape: [3, 3] },
          ],
        ),
      ),
    ];
    expect(new Set(different).size).toBe(different.length);
  });
});
