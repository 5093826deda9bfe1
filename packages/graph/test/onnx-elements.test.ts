import { create } from "@bufbuild/protobuf";
import { TensorProto_DataType, TensorProtoSchema, type TensorProto } from "onnx-buf";
import { describe, expect, it } from "vitest";
import { tensorFromProto } from "../src/onnx/index.js";
import { codedError } from "./coded-error.js";

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
    expect(codedError(() => tensorFromProto(message, source)).code).toBe(code);
  });
});
