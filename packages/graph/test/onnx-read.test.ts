import { create } from "@bufbuild/protobuf";
import { TensorProto_DataLocation, TensorProto_DataType, TensorProtoSchema, type TensorProto } from "onnx-buf";
import { describe, expect, it } from "vitest";
import type { HostTensor } from "../src/values.js";
import { isLeaderError, type LeaderError } from "../src/errors.js";
import { verify } from "../src/ir/verify.js";
import { inspectOnnx, readOnnx, tensorFromProto, type ReadOptions } from "../src/onnx/index.js";
import { interpret } from "../src/reference/index.js";
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

function errorOf(body: () => unknown): LeaderError {
  try {
    body();
  } catch (error) {
    if (isLeaderError(error)) return error;
    throw error;
  }
  throw new Error("expected a coded error");
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
    expect(errorOf(() => readOnnx(bytes)).message).toContain("functions call each other more than 32 deep");
  });
});

describe("element types", () => {
  const proto = (
    dataType: TensorProto_DataType,
    dims: readonly number[],
    rest: Partial<Pick<TensorProto, "int32Data" | "doubleData" | "int64Data" | "uint64Data">> & { rawData?: Uint8Array<ArrayBuffer> },
  ): TensorProto => create(TensorProtoSchema, { name: "t", dataType, dims: dims.map(BigInt), ...rest });
  const source = { file: "test" };
  const T = TensorProto_DataType;

  it.each([
    ["float16 bits", proto(T.FLOAT16, [4], { int32Data: [0x3c00, 0xc000, 0x0001, 0x7c00] }), [1, -2, 2 ** -24, Infinity]],
    ["float16 bytes", proto(T.FLOAT16, [2], { rawData: Uint8Array.of(0x00, 0x3c, 0x00, 0xb8) }), [1, -0.5]],
    ["bfloat16 bytes", proto(T.BFLOAT16, [2], { rawData: Uint8Array.of(0x80, 0x3f, 0x00, 0xc0) }), [1, -2]],
    ["double", proto(T.DOUBLE, [1], { doubleData: [0.1] }), [Math.fround(0.1)]],
    ["int8 bytes", proto(T.INT8, [2], { rawData: Uint8Array.of(0xff, 0x7f) }), [-1, 127]],
    ["uint8 bytes", proto(T.UINT8, [1], { rawData: Uint8Array.of(0xff) }), [255]],
    ["int64", proto(T.INT64, [2], { int64Data: [-5n, 7n] }), [-5, 7]],
    ["uint64", proto(T.UINT64, [1], { uint64Data: [9n] }), [9]],
    ["bool bytes", proto(T.BOOL, [2], { rawData: Uint8Array.of(2, 0) }), [1, 0]],
  ])("reads %s", (_, message, expected) => {
    expect([...tensorFromProto(message, source).data]).toEqual(expected);
  });

  it("reads bytes at an odd offset of a Node buffer, of which slice makes a view", () => {
    const bytes = Buffer.concat([Buffer.from([9]), Buffer.from(Float32Array.of(1.5, 2.5).buffer)]).subarray(1);
    expect([...tensorFromProto(proto(T.FLOAT, [2], { rawData: bytes }), source).data]).toEqual([1.5, 2.5]);
  });

  it.each([
    ["int4", proto(T.INT4, [2], { int32Data: [1] }), "LEADER_ONNX_UNSUPPORTED"],
    ["strings", proto(T.STRING, [0], {}), "LEADER_ONNX_UNSUPPORTED"],
    ["too few values", proto(T.INT64, [3], { int64Data: [1n] }), "LEADER_ONNX_INVALID"],
    ["a negative size", proto(T.FLOAT, [-1], {}), "LEADER_ONNX_INVALID"],
    ["a size beyond memory", proto(T.FLOAT, [2 ** 40], {}), "LEADER_ONNX_INVALID"],
    ["an integer beyond 32 bits in the graph", proto(T.INT64, [1], { int64Data: [2n ** 40n] }), "LEADER_BAD_ARGUMENT"],
  ])("refuses %s", (_, message, code) => {
    expect(errorOf(() => tensorFromProto(message, source)).code).toBe(code);
  });
});

describe("errors", () => {
  const relu = (extra: Partial<Parameters<typeof model>[0]> = {}): Uint8Array =>
    model({ inputs: [x23], outputs: [value("y", [2, 3])], nodes: [node("Relu", ["x"], ["y"])], ...extra });

  it("names every unknown operation at once, with the first node that has it", () => {
    const bytes = relu({ nodes: [node("Foo", ["x"], ["a"]), node("Bar", ["a"], ["b"], {}, "com.microsoft"), node("Foo", ["b"], ["y"])] });
    const error = errorOf(() => readOnnx(bytes, { fileName: "net.onnx" }));
    expect(error.message).toBe(
      "net.onnx needs what the reader does not have: operation Foo (opset 17, node `Foo_a`); operation com.microsoft.Bar (opset 17, node `Bar_b`)",
    );
  });

  it("ignores unknown operations that no wanted output needs", () => {
    const bytes = relu({
      outputs: [value("y", [2, 3]), value("z", [2, 3])],
      nodes: [node("Relu", ["x"], ["y"]), node("Foo", ["x"], ["z"])],
    });
    expect(readOnnx(bytes, { outputs: ["y"] }).outputs.map((o) => o.name)).toEqual(["y"]);
  });

  it.each<readonly [string, () => unknown, string]>([
    ["garbage", () => readOnnx(Uint8Array.of(1, 2, 3, 4)), "LEADER_ONNX_UNREADABLE"],
    ["an empty file", () => readOnnx(new Uint8Array()), "LEADER_ONNX_UNREADABLE"],
    ["a truncated file", () => readOnnx(relu().slice(0, -9)), "LEADER_ONNX_UNREADABLE"],
    [
      "a cycle",
      () => readOnnx(relu({ nodes: [node("Add", ["x", "b"], ["a"]), node("Relu", ["a"], ["b"]), node("Relu", ["b"], ["y"])] })),
      "LEADER_ONNX_INVALID",
    ],
    ["a missing value", () => readOnnx(relu({ nodes: [node("Add", ["x", "nowhere"], ["y"])] })), "LEADER_ONNX_INVALID"],
    ["a missing operand", () => readOnnx(relu({ nodes: [node("Add", ["x"], ["y"])] })), "LEADER_ONNX_INVALID"],
    [
      "a value defined twice",
      () => readOnnx(relu({ nodes: [node("Relu", ["x"], ["y"]), node("Exp", ["x"], ["y"])] })),
      "LEADER_ONNX_INVALID",
    ],
    ["an input declared twice", () => readOnnx(relu({ inputs: [x23, x23] })), "LEADER_ONNX_INVALID"],
    [
      "shapes that do not fit",
      () => readOnnx(relu({ weights: [floats("w", [4], [1, 2, 3, 4])], nodes: [node("Add", ["x", "w"], ["y"])] })),
      "LEADER_ONNX_INVALID",
    ],
    [
      "an attribute of the wrong type",
      () => readOnnx(relu({ nodes: [node("Softmax", ["x"], ["y"], { axis: "one" })] })),
      "LEADER_ONNX_INVALID",
    ],
    ["an unknown version", () => readOnnx(model({ inputs: [x23], outputs: [x23], nodes: [] }, 99)), "LEADER_ONNX_UNSUPPORTED"],
    [
      "a shape that depends on values",
      () => readOnnx(relu({ nodes: [node("Cast", ["x"], ["s"], { to: 7 }), node("Reshape", ["x", "s"], ["y"])] })),
      "LEADER_ONNX_UNSUPPORTED",
    ],
    ["an unknown input name", () => readOnnx(relu(), { inputShapes: { z: [1] } }), "LEADER_ONNX_INPUTS"],
    ["an unknown output name", () => readOnnx(relu(), { outputs: ["z"] }), "LEADER_ONNX_INPUTS"],
    ["a shape against the file's", () => readOnnx(relu(), { inputShapes: { x: [3, 2] } }), "LEADER_ONNX_INPUTS"],
    ["an open size without a value", () => readOnnx(relu({ inputs: [value("x", ["n", 3])] })), "LEADER_ONNX_INPUTS"],
    [
      "one open size with two values",
      () =>
        readOnnx(relu({ inputs: [value("x", ["n"]), value("z", ["n"])], nodes: [node("Add", ["x", "z"], ["y"])] }), {
          inputShapes: { x: [2], z: [3] },
        }),
      "LEADER_ONNX_INPUTS",
    ],
    [
      "weights elsewhere without permission",
      () =>
        readOnnx(
          relu({
            weights: [
              create(TensorProtoSchema, {
                name: "w",
                dims: [1n],
                dataType: 1,
                dataLocation: TensorProto_DataLocation.EXTERNAL,
                externalData: [{ key: "location", value: "w.bin" }],
              }),
            ],
            nodes: [node("Add", ["x", "w"], ["y"])],
          }),
        ),
      "LEADER_ONNX_EXTERNAL_DATA",
    ],
  ])("%s is a coded error", (_, body, code) => {
    expect(errorOf(body).code).toBe(code);
  });

  it("says which node of which version and file failed", () => {
    const bytes = relu({ nodes: [node("Transpose", ["x"], ["y"], { perm: [0, 0] })] });
    expect(errorOf(() => readOnnx(bytes, { fileName: "net.onnx" })).message).toBe(
      "net.onnx: node `Transpose_y` (Transpose, opset 17): [0,0] is not a permutation of the axes of [2,3]",
    );
  });
});

describe("bombs", () => {
  // A hundred bytes must not take gigabytes or minutes: the limits count before memory is reserved.
  const big = [2 ** 15, 2 ** 14];
  const bomb = (nodes: Parameters<typeof model>[0]["nodes"], weights: readonly TensorProto[]): Uint8Array =>
    model({ inputs: [value("x", [1])], outputs: [value("y", ["a"])], nodes, weights });

  it.each<readonly [string, Uint8Array, string]>([
    ["ConstantOfShape", bomb([node("ConstantOfShape", ["s"], ["y"])], [ints("s", [2], big)]), "LEADER_ONNX_TOO_LARGE"],
    ["Expand", bomb([node("Expand", ["x", "s"], ["y"])], [ints("s", [2], big)]), "LEADER_ONNX_TOO_LARGE"],
    ["Tile", bomb([node("Tile", ["x", "s"], ["y"])], [ints("s", [1], [2 ** 50])]), "LEADER_ONNX_TOO_LARGE"],
    ["Pad", bomb([node("Pad", ["x", "s"], ["y"])], [ints("s", [2], [2 ** 40, 2 ** 40])]), "LEADER_ONNX_TOO_LARGE"],
    [
      "Range",
      bomb([node("Range", ["a", "b", "c"], ["y"])], [ints("a", [], [0]), ints("b", [], [2 ** 50]), ints("c", [], [1])]),
      "LEADER_ONNX_UNSUPPORTED",
    ],
    [
      "Range without end",
      bomb([node("Range", ["a", "b", "c"], ["y"])], [ints("a", [], [0]), ints("b", [], [5]), ints("c", [], [0])]),
      "LEADER_ONNX_INVALID",
    ],
    [
      "OneHot",
      bomb(
        [node("Cast", ["x"], ["i"], { to: 7 }), node("OneHot", ["i", "d", "v"], ["y"])],
        [ints("d", [], [2 ** 40]), ints("v", [2], [0, 1])],
      ),
      "LEADER_ONNX_INVALID",
    ],
    ["Split", bomb([node("Split", ["x"], ["y"], { num_outputs: 2 ** 40 })], []), "LEADER_ONNX_INVALID"],
  ])("%s is refused", (_, bytes, code) => {
    expect(errorOf(() => readOnnx(bytes)).code).toBe(code);
  });

  it("Resize and pooling with sizes of a damaged file are refused", () => {
    const image = value("x", [1, 1, 4, 4]);
    const of = (n: Parameters<typeof model>[0]["nodes"], weights: readonly TensorProto[] = []): Uint8Array =>
      model({ inputs: [image], outputs: [value("y", ["a"])], nodes: n, weights });
    expect(errorOf(() => readOnnx(of([node("Resize", ["x", "", "s"], ["y"])], [floats("s", [4], [1, 1, 1e6, 1e6])]))).code).toBe(
      "LEADER_ONNX_TOO_LARGE",
    );
    const pool = node("MaxPool", ["x"], ["y"], { kernel_shape: [2 ** 31, 1], pads: [2 ** 31, 0, 2 ** 31, 0] });
    expect(errorOf(() => readOnnx(of([pool]))).code).toBe("LEADER_ONNX_INVALID");
  });

  it("functions that double at every level are refused", () => {
    const functions = Array.from({ length: 24 }, (_, i) => {
      const inner = i === 23 ? "Neg" : `F${i + 1}`;
      const domain = i === 23 ? "" : "test";
      return localFunction(`F${i}`, ["a"], ["c"], [node(inner, ["a"], ["b"], {}, domain), node(inner, ["b"], ["c"], {}, domain)]);
    });
    const bytes = model({ inputs: [x23], outputs: [value("y", [2, 3])], nodes: [node("F0", ["x"], ["y"], {}, "test")] }, 17, functions);
    expect(errorOf(() => readOnnx(bytes)).message).toContain("nodes after inlining");
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
