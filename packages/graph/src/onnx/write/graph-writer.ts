import { create } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType as AttributeType,
  AttributeProtoSchema,
  NodeProtoSchema,
  type AttributeProto,
  type NodeProto,
  type TensorProto,
} from "onnx-buf";
import { storedElements, type StoredElements, type StoredFile } from "../../stored.js";
import type { HostTensor } from "../../values.js";
import { dataTypeOf, externalTensorToProto, int64ToProto, rawBytes, storedDataType, tensorToProto } from "../proto.js";

/** Value of a node attribute; numbers say whether they are integers, since JavaScript's do not. */
export type Attribute =
  { readonly int: number } | { readonly float: number } | { readonly ints: readonly number[] } | { readonly text: string };
export type Attributes = Readonly<Record<string, Attribute>>;

/** Where weights go that do not belong into the model file. */
export interface ExternalWeights {
  /**
   * How the model file refers to a file in which constants already lie; they are then not copied. Undefined for files that it cannot refer to,
   * whose constants are written like others.
   */
  readonly inPlace?: (file: StoredFile) => string | undefined;
  /** Constants of at least this many bytes are stored outside. */
  readonly minBytes: number;
  /** Name of the file beside the model, for constants in memory. Undefined: they stay in the model. */
  readonly fileName?: string;
}

/** The smallest 64-bit integer, which a double holds exactly: past the first element in a slice that counts down. */
export const beforeFirst = -(2 ** 63);

/** Constants up to this many bytes are compared by content, larger ones only by the identity of their array. */
const comparedBytes = 4096;
/** Offsets of external weights, so that a runtime can map them into memory. */
const pageBytes = 4096;

/** Collects the nodes and initializers of one ONNX graph: names values, and stores equal constants once. */
export class GraphWriter {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];
  readonly #external: ExternalWeights | undefined;
  readonly #externalParts: { readonly offset: number; readonly bytes: Uint8Array }[] = [];
  readonly #small = new Map<string, string>();
  readonly #large = new Map<HostTensor["data"], Map<string, string>>();
  /** By the name of a constant of another element type: its values as float32. */
  readonly #converted = new Map<string, string>();
  readonly #names = new Set<string>();
  #label = "";
  #externalSize = 0;

  constructor(external?: ExternalWeights) {
    this.#external = external;
  }

  /** A name that no other value has: `wish`, numbered if it is taken. */
  uniqueName(wish: string): string {
    let name = wish;
    for (let n = 2; this.#names.has(name); n++) name = `${wish}#${n}`;
    this.#names.add(name);
    return name;
  }

  /** Names of the following nodes begin with `label`, so that messages of a runtime lead back to the stage. */
  label(label: string): void {
    this.#label = label;
  }

  /** Adds a node with one output, of the standard domain unless another is named, and returns the name of that output. */
  node(opType: string, inputs: readonly string[], attributes: Attributes = {}, domain = ""): string {
    const name = this.uniqueName(this.#label === "" ? opType : `${this.#label}/${opType}`);
    const attribute = Object.entries(attributes).map(([key, value]) => attributeProto(key, value));
    this.nodes.push(create(NodeProtoSchema, { name, opType, domain, input: [...inputs], output: [name], attribute }));
    return name;
  }

  /** A tensor of 64-bit integers of rank 1: shapes, axes and bounds, which ONNX wants as inputs. */
  ints(values: readonly number[]): string {
    return this.#int64([values.length], values);
  }

  /** 64-bit integers of shape [n,1]: indices of rows. */
  column(values: readonly number[]): string {
    return this.#int64([values.length, 1], values);
  }

  /** A 64-bit integer of rank 0. */
  int(value: number): string {
    return this.#int64([], [value]);
  }

  /** A float tensor with all elements equal. */
  filled(shape: readonly number[], value: number): string {
    const size = shape.reduce((a, b) => a * b, 1);
    return this.constant({ shape, dtype: "float32", data: new Float32Array(size).fill(value) });
  }

  constant(value: HostTensor): string {
    const elements = storedElements(value);
    if (elements !== undefined) return this.#stored(value, elements);
    const bytes = rawBytes(value);
    const type = `${value.dtype}[${value.shape.join(",")}]`;
    const [known, key] =
      bytes.length <= comparedBytes ? [this.#small, type + Buffer.from(bytes).toString("latin1")] : [this.#sameArray(value.data), type];
    return this.#once(known, key, (name) => this.#tensor(name, value, bytes));
  }

  /** A constant that stays in its file: in place if it is large enough to be worth a reference, else a copy. */
  #stored(value: HostTensor, elements: StoredElements): string {
    const external = this.#external;
    const key = `${elements.key} [${value.shape.join(",")}]`;
    const location = external === undefined || elements.byteLength < external.minBytes ? undefined : external.inPlace?.(elements.file);
    if (location === undefined) return this.#once(this.#small, key, (name) => this.#tensor(name, value, rawBytes(value)));
    const { offset, byteLength: length, type } = elements;
    const name = this.#once(this.#small, key, (made) =>
      externalTensorToProto(made, value.shape, storedDataType(type), { location, offset, length }),
    );
    if (type === "float32") return name;
    // The runtime converts once, when it loads the model.
    const known = this.#converted.get(name) ?? this.node("Cast", [name], { to: { int: dataTypeOf("float32") } });
    this.#converted.set(name, known);
    return known;
  }

  /** The contents of the external file; undefined if there is none. */
  externalData(): Uint8Array | undefined {
    if (this.#externalParts.length === 0) return undefined;
    const file = new Uint8Array(this.#externalSize);
    for (const { offset, bytes } of this.#externalParts) file.set(bytes, offset);
    return file;
  }

  #int64(shape: readonly number[], values: readonly number[]): string {
    return this.#once(this.#small, `int64[${shape.join(",")}]${values.join(",")}`, (name) => int64ToProto(name, shape, values));
  }

  #once(known: Map<string, string>, key: string, make: (name: string) => TensorProto): string {
    const earlier = known.get(key);
    if (earlier !== undefined) return earlier;
    const name = this.uniqueName(`constant${this.initializers.length}`);
    known.set(key, name);
    this.initializers.push(make(name));
    return name;
  }

  #sameArray(data: HostTensor["data"]): Map<string, string> {
    const known = this.#large.get(data) ?? new Map<string, string>();
    this.#large.set(data, known);
    return known;
  }

  #tensor(name: string, value: HostTensor, bytes: Uint8Array): TensorProto {
    const external = this.#external;
    if (external?.fileName === undefined || bytes.length < external.minBytes) return tensorToProto(name, value);
    const offset = Math.ceil(this.#externalSize / pageBytes) * pageBytes;
    this.#externalParts.push({ offset, bytes });
    this.#externalSize = offset + bytes.length;
    const place = { location: external.fileName, offset, length: bytes.length };
    return externalTensorToProto(name, value.shape, dataTypeOf(value.dtype), place);
  }
}

function attributeProto(name: string, value: Attribute): AttributeProto {
  if ("int" in value) return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value.int) });
  if ("float" in value) return create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f: value.float });
  if ("ints" in value) return create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: value.ints.map(BigInt) });
  return create(AttributeProtoSchema, { name, type: AttributeType.STRING, s: new TextEncoder().encode(value.text) });
}
