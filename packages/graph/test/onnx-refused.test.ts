import { create } from "@bufbuild/protobuf";
import { TensorProto_DataLocation, TensorProtoSchema, type TensorProto } from "onnx-buf";
import { describe, expect, it } from "vitest";
import { readOnnx } from "../src/onnx/index.js";
import { codedError } from "./coded-error.js";
import { floats, ints, localFunction, model, node, value } from "./onnx-model.js";

const x23 = value("x", [2, 3]);

describe("errors", () => {
  const relu = (extra: Partial<Parameters<typeof model>[0]> = {}): Uint8Array =>
    model({ inputs: [x23], outputs: [value("y", [2, 3])], nodes: [node("Relu", ["x"], ["y"])], ...extra });

  it("names every unknown operation at once, with the first node that has it", () => {
    const bytes = relu({ nodes: [node("Foo", ["x"], ["a"]), node("Bar", ["a"], ["b"], {}, "com.microsoft"), node("Foo", ["b"], ["y"])] });
    const error = codedError(() => readOnnx(bytes, { fileName: "net.onnx" }));
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
    expect(codedError(body).code).toBe(code);
  });

  it("says which node of which version and file failed", () => {
    const bytes = relu({ nodes: [node("Transpose", ["x"], ["y"], { perm: [0, 0] })] });
    expect(codedError(() => readOnnx(bytes, { fileName: "net.onnx" })).message).toBe(
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
    expect(codedError(() => readOnnx(bytes)).code).toBe(code);
  });

  it("Resize and pooling with sizes of a damaged file are refused", () => {
    const image = value("x", [1, 1, 4, 4]);
    const of = (n: Parameters<typeof model>[0]["nodes"], weights: readonly TensorProto[] = []): Uint8Array =>
      model({ inputs: [image], outputs: [value("y", ["a"])], nodes: n, weights });
    expect(codedError(() => readOnnx(of([node("Resize", ["x", "", "s"], ["y"])], [floats("s", [4], [1, 1, 1e6, 1e6])]))).code).toBe(
      "LEADER_ONNX_TOO_LARGE",
    );
    const pool = node("MaxPool", ["x"], ["y"], { kernel_shape: [2 ** 31, 1], pads: [2 ** 31, 0, 2 ** 31, 0] });
    expect(codedError(() => readOnnx(of([pool]))).code).toBe("LEADER_ONNX_INVALID");
  });

  it("functions that double at every level are refused", () => {
    const functions = Array.from({ length: 24 }, (_, i) => {
      const inner = i === 23 ? "Neg" : `F${i + 1}`;
      const domain = i === 23 ? "" : "test";
      return localFunction(`F${i}`, ["a"], ["c"], [node(inner, ["a"], ["b"], {}, domain), node(inner, ["b"], ["c"], {}, domain)]);
    });
    const bytes = model({ inputs: [x23], outputs: [value("y", [2, 3])], nodes: [node("F0", ["x"], ["y"], {}, "test")] }, 17, functions);
    expect(codedError(() => readOnnx(bytes)).message).toContain("nodes after inlining");
  });
});
