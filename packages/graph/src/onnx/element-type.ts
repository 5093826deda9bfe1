/** Element types of ONNX files and how they appear in memory. */
import { TensorProto_DataType } from "onnx-buf";
import type { DType } from "../values.js";

/** Element types that the reader takes. Other types of the standard (strings, complex, 8-bit floats, sub-byte integers) are refused by name. */
export type ElementType =
  "float32" | "float64" | "float16" | "bfloat16" | "int8" | "int16" | "int32" | "int64" | "uint8" | "uint16" | "uint32" | "uint64" | "bool";

const byNumber: ReadonlyMap<number, ElementType> = new Map<number, ElementType>([
  [TensorProto_DataType.FLOAT, "float32"],
  [TensorProto_DataType.DOUBLE, "float64"],
  [TensorProto_DataType.FLOAT16, "float16"],
  [TensorProto_DataType.BFLOAT16, "bfloat16"],
  [TensorProto_DataType.INT8, "int8"],
  [TensorProto_DataType.INT16, "int16"],
  [TensorProto_DataType.INT32, "int32"],
  [TensorProto_DataType.INT64, "int64"],
  [TensorProto_DataType.UINT8, "uint8"],
  [TensorProto_DataType.UINT16, "uint16"],
  [TensorProto_DataType.UINT32, "uint32"],
  [TensorProto_DataType.UINT64, "uint64"],
  [TensorProto_DataType.BOOL, "bool"],
]);

/** The element type of a `data_type` number, or undefined where the reader has none. */
export const elementType = (dataType: number): ElementType | undefined => byNumber.get(dataType);

/** Name of a `data_type` number for messages, also of those that the reader refuses. */
export const dataTypeName = (dataType: number): string => TensorProto_DataType[dataType]?.toLowerCase() ?? `data type ${dataType}`;

/** Bytes of one element as stored in a file. */
export const elementBytes: Readonly<Record<ElementType, number>> = {
  float32: 4,
  float64: 8,
  float16: 2,
  bfloat16: 2,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  bool: 1,
};

/** The type of the graph language that stands for an element type: every float is float32, every integer int32. */
export function graphType(type: ElementType): DType {
  if (type === "bool") return "bool";
  return isFloat(type) ? "float32" : "int32";
}

export const isFloat = (type: ElementType): boolean =>
  type === "float32" || type === "float64" || type === "float16" || type === "bfloat16";

/** Integers whose values do not all fit a 32-bit signed integer; in memory they are BigInt64Array. */
export const isWideInteger = (type: ElementType): boolean => type === "int64" || type === "uint64" || type === "uint32";
