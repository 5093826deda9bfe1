import { TensorProto_DataType } from "onnx-buf";
import { describe, expect, it } from "vitest";
import { verify } from "../src/ir/verify.js";
import { inspectOnnx, readOnnx, type ReadOptions } from "../src/onnx/index.js";
import { interpret } from "../src/reference/index.js";
import type { HostTensor } from "../src/values.js";
import { codedError } from "./coded-error.js";
import { floats, graph, ints, localFunction, model, node, value } from "./onnx-model.js";

const float = (shape: readonly number[], values: readonly number[]): HostTensor => ({
  shape,
  dtype: "float32",
  data: Float32Array.from(values),
});

function run(bytes: Uint8Array, inputs: readonly HostTensor[], options: ReadOptions = {}): readonly HostTensor[] {
  const imported = readOnnx(bytes, options);
  verify(imported.graph, "readOnnx");
  return interpret(imported.graph, inputs);
}

const x23 = value("x", [2, 3]);

describe("shape arithmetic", () => {
  // Exporters of networks with open sizes compute every reshape from Shape; a value that is not folded would have no static shape.
  it("folds Shape, Gather, Mul, Concat and Reshape of an open size", () => {
    const bytes = model({
      inputs: [value("x", ["n", 3, "h", "w"])],
      outputs: [value("y", ["n", "m"])],
      weights: [ints("two", [], [2]), ints("three", [], [3]), ints("zero", [1], [0]), ints("minus", [1], [-1])],
      nodes: [
        node("Shape", ["x"], ["s"]),
        node("Gather", ["s", "two"], ["h"]),
        node("Gather", ["s", "three"], ["w"]),
        node("Mul", ["h", "w"], ["hw"]),
        node("Unsqueeze", ["hw", "zero"], ["hw1"]),
        node("Concat", ["minus", "hw1"], ["shape"], { axis: 0 }),
        node("Reshape", ["x", "shape"], ["y"]),
      ],
    });
    const { graph, outputs } = readOnnx(bytes, { inputShapes: { x: [2, 3, 4, 5] } });
    expect(outputs[0]!.aval.shape).toEqual([6, 20]);
    expect(graph.nodes.map((n) => n.op)).toEqual(["Reshape"]);
  });

  it("keeps 64-bit integers exact: the largest one ends a slice, and arithmetic wraps like the file's", () => {
    const largest = 2n ** 63n - 1n;
    const bytes = model({
      inputs: [x23],
      outputs: [value("y", [2, 2]), value("sum", [1], TensorProto_DataType.BOOL)],
      weights: [
        ints("starts", [1], [1]),
        ints("ends", [1], [largest]),
        ints("axes", [1], [1]),
        ints("one", [1], [1]),
        ints("smallest", [1], [-largest - 1n]),
      ],
      nodes: [
        node("Slice", ["x", "starts", "ends", "axes"], ["y"]),
        node("Add", ["ends", "one"], ["wrapped"]),
        node("Equal", ["wrapped", "smallest"], ["sum"]),
      ],
    });
    const [y, wrapped] = run(bytes, [float([2, 3], [1, 2, 3, 4, 5, 6])]);
    expect([...y!.data]).toEqual([2, 3, 5, 6]);
    expect([...wrapped!.data]).toEqual([1]);
  });

  it("takes the known branch of If, also when the other one is not readable", () => {
    const bytes = model({
      inputs: [x23],
      outputs: [value("y", [2, 3])],
      weights: [ints("rank", [], [2])],
      nodes: [
        node("Shape", ["x"], ["s"]),
        node("Size", ["s"], ["r"]),
        node("Equal", ["r", "rank"], ["is2"]),
        node("If", ["is2"], ["y"], {
          then_branch: graph({ outputs: [value("a", [2, 3])], nodes: [node("Neg", ["x"], ["a"])] }),
          else_branch: graph({ outputs: [value("b", [2, 3])], nodes: [node("NoSuchOperation", ["x"], ["b"])] }),
        }),
      ],
    });
    expect([...run(bytes, [float([2, 3], [1, 2, 3, 4, 5, 6])])[0]!.data]).toEqual([-1, -2, -3, -4, -5, -6]);
  });

  it("selects between branches whose condition depends on the input", () => {
    const bytes = model({
      inputs: [value("x", [])],
      outputs: [value("y", [])],
      weights: [floats("zero", [], [0])],
      nodes: [
        node("Greater", ["x", "zero"], ["positive"]),
        node("If", ["positive"], ["y"], {
          then_branch: graph({ outputs: [value("a", [])], nodes: [node("Exp", ["x"], ["a"])] }),
          else_branch: graph({ outputs: [value("b", [])], nodes: [node("Neg", ["x"], ["b"])] }),
        }),
      ],
    });
    expect(run(bytes, [float([], [-3])])[0]!.data[0]).toBe(3);
    expect(run(bytes, [float([], [1])])[0]!.data[0]).toBeCloseTo(Math.E, 6);
  });

  it("computes 1/8 of a range in float64 and rounds once per node", () => {
    const bytes = model({
      outputs: [value("y", [3])],
      weights: [floats("start", [], [0]), floats("limit", [], [3]), floats("delta", [], [1]), floats("eight", [], [8])],
      nodes: [node("Range", ["start", "limit", "delta"], ["r"]), node("Div", ["r", "eight"], ["y"])],
    });
    const { graph } = readOnnx(bytes);
    expect(graph.nodes.map((n) => n.op)).toEqual(["Constant"]);
    expect([...interpret(graph, [])[0]!.data]).toEqual([0, 0.125, 0.25]);
  });
});

describe("functions of the file", () => {
  it("are inlined with their attributes and left-out operands", () => {
    const body = localFunction(
      "Affine",
      ["a", "b"],
      ["out"],
      [node("LeakyRelu", ["a"], ["r"]), node("Sum", ["r", "b"], ["out"])],
      ["slope"],
    );
    const reference = body.node[0]!;
    reference.attribute.push({ ...node("X", [], [], { alpha: { float: 0 } }).attribute[0]!, refAttrName: "slope" });
    const call = node("Affine", ["x", "x"], ["y"], { slope: { float: 0.5 } }, "test");
    const bytes = model({ inputs: [x23], outputs: [value("y", [2, 3])], nodes: [call] }, 17, [body]);
    expect([...run(bytes, [float([2, 3], [-2, 2, -4, 4, 0, 1])])[0]!.data]).toEqual([-3, 4, -6, 8, 0, 2]);
  });

  it("that call themselves are refused", () => {
    const body = localFunction("Loop", ["a"], ["b"], [node("Loop", ["a"], ["b"], {}, "test")]);
    const bytes = model({ inputs: [x23], outputs: [value("y", [2, 3])], nodes: [node("Loop", ["x"], ["y"], {}, "test")] }, 17, [body]);
    expect(codedError(() => readOnnx(bytes)).message).toContain("functions call each other more than 32 deep");
  });
});

describe("constants and inspection", () => {
  const bytes = model({
    inputs: [value("x", ["n", 2]), value("label", ["n"], TensorProto_DataType.INT64)],
    outputs: [value("y", ["n", 2])],
    weights: [floats("table", [3, 2], [1, 2, 3, 4, 5, 6])],
    nodes: [node("Gather", ["table", "label"], ["e"]), node("Add", ["x", "e"], ["y"])],
  });

  it("fixes an input to a value", () => {
    const label: HostTensor = { shape: [1], dtype: "int32", data: Int32Array.of(2) };
    const imported = readOnnx(bytes, { inputShapes: { x: [1, 2] }, constants: { label } });
    expect(imported.inputs.map((i) => i.name)).toEqual(["x"]);
    expect([...interpret(imported.graph, [float([1, 2], [10, 20])])[0]!.data]).toEqual([15, 26]);
  });

  it("feeds 64-bit indices as int32", () => {
    const imported = readOnnx(bytes, { inputShapes: { x: [1, 2], label: [1] } });
    expect(imported.inputs[1]!.aval).toEqual({ shape: [1], dtype: "int32" });
    const label: HostTensor = { shape: [1], dtype: "int32", data: Int32Array.of(-1) };
    expect([...interpret(imported.graph, [float([1, 2], [0, 0]), label])[0]!.data]).toEqual([5, 6]);
  });

  it("tells what a file declares", () => {
    const summary = inspectOnnx(bytes);
    expect(summary.inputs).toEqual([
      { name: "x", type: "float32", shape: ["n", 2] },
      { name: "label", type: "int64", shape: ["n"] },
    ]);
    expect(summary).toMatchObject({ opset: 17, operations: { Add: 1, Gather: 1 }, parameters: 6 });
  });
});
