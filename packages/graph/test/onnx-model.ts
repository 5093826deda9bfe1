import { create } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  FunctionProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProto,
  type FunctionProto,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "onnx-buf";
import { encodeModel } from "../src/onnx/index.js";

/** Builders of small ONNX files for tests. */

type Attribute = number | string | readonly number[] | { readonly float: number } | TensorProto | GraphProto;

export function attribute(name: string, value: Attribute): AttributeProto {
  const Type = AttributeProto_AttributeType;
  if (typeof value === "number") return create(AttributeProtoSchema, { name, type: Type.INT, i: BigInt(value) });
  if (typeof value === "string") return create(AttributeProtoSchema, { name, type: Type.STRING, s: new TextEncoder().encode(value) });
  if (Array.isArray(value)) return create(AttributeProtoSchema, { name, type: Type.INTS, ints: (value as readonly number[]).map(BigInt) });
  if ("float" in value) return create(AttributeProtoSchema, { name, type: Type.FLOAT, f: value.float });
  const message = value as TensorProto | GraphProto;
  if (message.$typeName === "onnx.TensorProto") return create(AttributeProtoSchema, { name, type: Type.TENSOR, t: message });
  return create(AttributeProtoSchema, { name, type: Type.GRAPH, g: message });
}

export function node(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attributes: Readonly<Record<string, Attribute>> = {},
  domain = "",
): NodeProto {
  const list = Object.entries(attributes).map(([name, value]) => attribute(name, value));
  return create(NodeProtoSchema, {
    opType,
    domain,
    name: `${opType}_${output[0] ?? ""}`,
    input: [...input],
    output: [...output],
    attribute: list,
  });
}

export function value(name: string, shape: readonly (number | string)[], elemType: number = TensorProto_DataType.FLOAT): ValueInfoProto {
  const dim = shape.map((n) => ({
    value: typeof n === "number" ? { case: "dimValue" as const, value: BigInt(n) } : { case: "dimParam" as const, value: n },
  }));
  return create(ValueInfoProtoSchema, { name, type: { value: { case: "tensorType", value: { elemType, shape: { dim } } } } });
}

export const floats = (name: string, shape: readonly number[], values: readonly number[]): TensorProto =>
  create(TensorProtoSchema, { name, dims: shape.map(BigInt), dataType: TensorProto_DataType.FLOAT, floatData: [...values] });

export const ints = (name: string, shape: readonly number[], values: readonly (number | bigint)[]): TensorProto =>
  create(TensorProtoSchema, { name, dims: shape.map(BigInt), dataType: TensorProto_DataType.INT64, int64Data: values.map(BigInt) });

export interface GraphParts {
  readonly inputs?: readonly ValueInfoProto[];
  readonly outputs: readonly ValueInfoProto[];
  readonly nodes: readonly NodeProto[];
  readonly weights?: readonly TensorProto[];
}

export const graph = ({ inputs = [], outputs, nodes, weights = [] }: GraphParts): GraphProto =>
  create(GraphProtoSchema, { name: "test", input: [...inputs], output: [...outputs], node: [...nodes], initializer: [...weights] });

export function model(parts: GraphParts, opset = 17, functions: readonly FunctionProto[] = []): Uint8Array {
  const domains = [...new Set(functions.map((f) => f.domain))].map((domain) => ({ domain, version: 1n }));
  return encodeModel(
    create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [{ domain: "", version: BigInt(opset) }, ...domains],
      graph: graph(parts),
      functions: [...functions],
    }),
  );
}

/** A function of the file, in the domain `test`. */
export const localFunction = (
  name: string,
  input: readonly string[],
  output: readonly string[],
  nodes: readonly NodeProto[],
  attributes: readonly string[] = [],
): FunctionProto =>
  create(FunctionProtoSchema, {
    name,
    domain: "test",
    input: [...input],
    output: [...output],
    node: [...nodes],
    attribute: [...attributes],
    opsetImport: [{ domain: "", version: 17n }],
  });
