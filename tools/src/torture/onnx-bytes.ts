import { create } from "@bufbuild/protobuf";
import { encodeModel } from "@leader/graph/onnx";
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type GraphProto,
  type NodeProto,
  type TensorProto,
} from "onnx-buf";

/** ONNX files that no exporter would write. */

export const node = (opType: string, input: readonly string[], output: string, ints: Readonly<Record<string, number>> = {}): NodeProto =>
  create(NodeProtoSchema, {
    opType,
    input: [...input],
    output: [output],
    attribute: Object.entries(ints).map(([name, value]) =>
      create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) }),
    ),
  });

/** A node with graphs inside: the branches of an `If`, the body of a `Loop` or a `Scan`. */
export const nodeWith = (
  opType: string,
  input: readonly string[],
  output: string,
  bodies: Readonly<Record<string, GraphProto>>,
  ints: Readonly<Record<string, number>> = {},
): NodeProto => {
  const made = node(opType, input, output, ints);
  for (const [name, g] of Object.entries(bodies))
    made.attribute.push(create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.GRAPH, g }));
  return made;
};

/** A graph inside a node, by the names of its inputs and outputs. */
export const body = (nodes: readonly NodeProto[], inputs: readonly string[], outputs: readonly string[]): GraphProto =>
  create(GraphProtoSchema, {
    name: "body",
    node: [...nodes],
    input: inputs.map((name) => create(ValueInfoProtoSchema, { name })),
    output: outputs.map((name) => create(ValueInfoProtoSchema, { name })),
  });

export const truth = (name: string, value: boolean): TensorProto =>
  create(TensorProtoSchema, { name, dims: [], dataType: TensorProto_DataType.BOOL, int32Data: [Number(value)] });

/** A weight of 64-bit integers: a shape, pads, repeats. */
export const int64 = (name: string, values: readonly number[]): TensorProto =>
  create(TensorProtoSchema, { name, dims: [BigInt(values.length)], dataType: TensorProto_DataType.INT64, int64Data: values.map(BigInt) });

export const float32 = (name: string, dims: readonly number[], values: readonly number[]): TensorProto =>
  create(TensorProtoSchema, { name, dims: dims.map(BigInt), dataType: TensorProto_DataType.FLOAT, floatData: [...values] });

const image = (name: string, shape: readonly number[]) =>
  create(ValueInfoProtoSchema, {
    name,
    type: {
      value: {
        case: "tensorType",
        value: {
          elemType: TensorProto_DataType.FLOAT,
          shape: { dim: shape.map((n) => ({ value: { case: "dimValue" as const, value: BigInt(n) } })) },
        },
      },
    },
  });

interface Parts {
  readonly nodes: readonly NodeProto[];
  readonly weights?: readonly TensorProto[];
  readonly opset?: number;
  readonly shape?: readonly number[];
}

/** A model from `x` to `y`. */
export const model = ({ nodes, weights = [], opset = 17, shape = [1, 3, 8, 8] }: Parts): Uint8Array =>
  encodeModel(
    create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [{ domain: "", version: BigInt(opset) }],
      graph: create(GraphProtoSchema, {
        name: "hostile",
        node: [...nodes],
        initializer: [...weights],
        input: [image("x", shape)],
        output: [image("y", shape)],
      }),
    }),
  );
