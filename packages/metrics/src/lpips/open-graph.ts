import { create } from "@bufbuild/protobuf";
import type { HostTensor } from "@leader/graph";
import { encodeModel, tensorToProto } from "@leader/graph/onnx";
import {
  AttributeProto_AttributeType as AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "onnx-buf";

/** An integer or a list of them: all that these networks need. */
type Attributes = Readonly<Record<string, number | readonly number[]>>;

/**
 * Builds an ONNX model whose image sizes stay open. A traced graph has fixed sizes, but a metric file must serve pictures of any
 * size: the reader of `@leader/core/onnx` makes the graph for a size from it.
 */
export class OpenGraph {
  readonly #nodes: NodeProto[] = [];
  readonly #weights: TensorProto[] = [];

  /** Adds a node with one output and returns its name. */
  node(opType: string, input: readonly string[], attributes: Attributes = {}): string {
    const name = `${opType}${this.#nodes.length}`;
    const attribute = Object.entries(attributes).map(([key, value]) => attributeOf(key, value));
    this.#nodes.push(create(NodeProtoSchema, { name, opType, input: [...input], output: [name], attribute }));
    return name;
  }

  weight(name: string, value: HostTensor): string {
    this.#weights.push(tensorToProto(name, value));
    return name;
  }

  /** 64-bit integers: axes and bounds, which ONNX wants as inputs. */
  ints(values: readonly number[]): string {
    const name = `ints${this.#weights.length}`;
    const rawData = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    this.#weights.push(create(TensorProtoSchema, { name, dims: [BigInt(values.length)], dataType: TensorProto_DataType.INT64, rawData }));
    return name;
  }

  /** @param inputs images [1,3,H,W] of one open size; @param output the name of the result, which becomes `distance` */
  encode(name: string, inputs: readonly string[], output: string): Uint8Array {
    const copy = create(NodeProtoSchema, { name: "distance", opType: "Identity", input: [output], output: ["distance"] });
    return encodeModel(
      create(ModelProtoSchema, {
        irVersion: 9n,
        producerName: "leader",
        opsetImport: [{ domain: "", version: 20n }],
        graph: {
          name,
          node: [...this.#nodes, copy],
          initializer: this.#weights,
          input: inputs.map((input) => valueInfo(input, [1, 3, "height", "width"])),
          output: [valueInfo("distance", [1, 1, 1, 1])],
        },
      }),
    );
  }
}

function attributeOf(name: string, value: number | readonly number[]): AttributeProto {
  return typeof value === "number"
    ? create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value) })
    : create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: value.map(BigInt) });
}

function valueInfo(name: string, shape: readonly (number | string)[]): ValueInfoProto {
  const dim = shape.map((n) =>
    typeof n === "number" ? { value: { case: "dimValue" as const, value: BigInt(n) } } : { value: { case: "dimParam" as const, value: n } },
  );
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: "tensorType", value: { elemType: TensorProto_DataType.FLOAT, shape: { dim } } } },
  });
}
