/** The file format: typed access to the protobuf messages of ONNX, and arrays to and from them. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  ModelProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
  StringStringEntryProtoSchema,
  type ModelProto,
  type StringStringEntryProto,
  type TensorProto,
} from "onnx-buf";
import { errors } from "../error-codes.js";
import { readStored, StoredElements, type StoredFile, type StoredType } from "../stored.js";
import type { DType, HostTensor } from "../values.js";
import { sizeOf } from "../ir/shape.js";
import { allocate, storedConstant, toHostTensor, type Constant, type ConstantData } from "./constant.js";
import { dataTypeName, elementBytes, elementType, type ElementType } from "./element-type.js";
import { bfloat16, float16 } from "../half.js";
import { halvesOf } from "../half-arrays.js";

/** Opens a file that weights lie in; `path` is as written in the ONNX file. */
export type ExternalData = (path: string) => StoredFile;

/** Where a tensor was found and how to reach data outside its file. */
export interface TensorSource {
  readonly file: string;
  readonly externalData?: ExternalData;
  /** The file itself, for weights that were left in it (`leaveWeights`). */
  readonly self?: StoredFile;
}

/** Stands for the file itself where weights were left in it: no path, since paths have no such character. */
export const ownLocation = "\u0000";

/** Arrays of more elements are refused before memory is reserved for them: 2^30 float32 values are 4 GiB. */
const MAX_ELEMENTS = 2 ** 30;

/**
 * Parses an ONNX file.
 * @throws ONNX_UNREADABLE if the bytes are not an ONNX model with a graph.
 */
export function decodeModel(bytes: Uint8Array, file: string): ModelProto {
  const model = parse(bytes, file);
  if (model.graph === undefined) throw errors.ONNX_UNREADABLE({ file, reason: "the bytes hold no ONNX graph" });
  return model;
}

function parse(bytes: Uint8Array, file: string): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    throw errors.ONNX_UNREADABLE({ file, reason: cause instanceof Error ? cause.message : String(cause) }, { cause });
  }
}

/** The bytes of an ONNX file. */
export const encodeModel = (model: ModelProto): Uint8Array => toBinary(ModelProtoSchema, model);

const dataTypes: Readonly<Record<DType, TensorProto_DataType>> = {
  float32: TensorProto_DataType.FLOAT,
  int32: TensorProto_DataType.INT32,
  bool: TensorProto_DataType.BOOL,
};

const storedTypes: Readonly<Record<StoredType, TensorProto_DataType>> = {
  float32: TensorProto_DataType.FLOAT,
  float16: TensorProto_DataType.FLOAT16,
  bfloat16: TensorProto_DataType.BFLOAT16,
  float64: TensorProto_DataType.DOUBLE,
};

/** The `data_type` number of a type in which weights lie in files. */
export const storedDataType = (type: StoredType): TensorProto_DataType => storedTypes[type];

/** The `data_type` number of a type of the graph language. */
export const dataTypeOf = (dtype: DType): TensorProto_DataType => dataTypes[dtype];

/** An array as a message that carries its own bytes. The bytes are a view of `value.data`: encode before changing it. */
export function tensorToProto(name: string, value: HostTensor): TensorProto {
  return create(TensorProtoSchema, { name, dims: value.shape.map(BigInt), dataType: dataTypeOf(value.dtype), rawData: rawBytes(value) });
}

/** Bytes of a tensor in another file. */
export interface ExternalPlace {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/** An array as a message that points into another file, `offset` bytes from its start. */
export function externalTensorToProto(
  name: string,
  shape: readonly number[],
  dataType: TensorProto_DataType,
  place: ExternalPlace,
): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: shape.map(BigInt),
    dataType,
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: externalEntries(place),
  });
}

/** How a message says where its bytes lie. */
export const externalEntries = (place: ExternalPlace): StringStringEntryProto[] =>
  Object.entries(place).map(([key, value]) => create(StringStringEntryProtoSchema, { key, value: String(value) }));

/** 64-bit integers, which ONNX wants for shapes, axes and offsets. */
export function int64ToProto(name: string, shape: readonly number[], values: readonly number[]): TensorProto {
  const rawData = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  return create(TensorProtoSchema, { name, dims: shape.map(BigInt), dataType: TensorProto_DataType.INT64, rawData });
}

/** Little-endian bytes of an array; a view, as every platform that Node runs on is little-endian. */
export function rawBytes(value: HostTensor): Uint8Array<ArrayBuffer> {
  return new Uint8Array(value.data.buffer as ArrayBuffer, value.data.byteOffset, value.data.byteLength);
}

/** A tensor message in the graph language's types. @throws as `constantFromProto`. */
export const tensorFromProto = (proto: TensorProto, source: TensorSource): HostTensor => toHostTensor(constantFromProto(proto, source));

/**
 * A tensor message as an array of the file's own type.
 * @throws ONNX_INVALID on sizes that do not fit the data; ONNX_UNSUPPORTED on element types that the reader has not;
 * ONNX_EXTERNAL_DATA if the data lies elsewhere and cannot be had.
 */
export function constantFromProto(proto: TensorProto, source: TensorSource): Constant {
  const where = `tensor \`${proto.name}\``;
  const type = elementType(proto.dataType);
  if (type === undefined)
    throw errors.ONNX_UNSUPPORTED({ file: source.file, problems: [`${where} holds ${dataTypeName(proto.dataType)}`] });
  const shape = dimensions(proto, where, source.file);
  const size = sizeOf(shape);
  const place = storedPlace(proto, type, size, source);
  if (place !== undefined) return storedConstant(place, shape);
  const raw = rawData(proto, size * elementBytes[type], source);
  const data = raw === undefined ? typedData(proto, type, size) : fromRaw(raw, type, size);
  if (data === undefined) {
    const received = raw === undefined ? `${typedLength(proto, type)} values` : `${raw.byteLength} bytes`;
    throw errors.ONNX_INVALID({
      file: source.file,
      where,
      problem: `${type}[${shape.join(",")}] needs ${size} elements, but the file holds ${received}`,
    });
  }
  return { shape, type, data };
}

function dimensions(proto: TensorProto, where: string, file: string): number[] {
  const shape = proto.dims.map(Number);
  if (shape.some((n) => n < 0) || !(sizeOf(shape) <= MAX_ELEMENTS)) {
    throw errors.ONNX_INVALID({ file, where, problem: `shape [${shape.join(",")}] is negative or beyond ${MAX_ELEMENTS} elements` });
  }
  return shape;
}

/** The bytes of the tensor, or undefined if the message uses the typed fields. */
function rawData(proto: TensorProto, bytes: number, source: TensorSource): Uint8Array | undefined {
  if (proto.dataLocation === TensorProto_DataLocation.EXTERNAL) return externalBytes(proto, bytes, source);
  return proto.rawData.byteLength > 0 ? proto.rawData : undefined;
}

/** Weights of at least this many bytes stay in their file. */
export const smallestStored = 1024;

/** The place of a large weight in its file; undefined for arrays that are read at once. */
function storedPlace(proto: TensorProto, type: ElementType, size: number, source: TensorSource): StoredElements | undefined {
  const bytes = size * elementBytes[type];
  const stays = type === "float32" || type === "float16" || type === "bfloat16";
  if (!stays || bytes < smallestStored || proto.dataLocation !== TensorProto_DataLocation.EXTERNAL) return undefined;
  const { file, offset, length } = externalPlace(proto, bytes, source);
  // A weight of the file itself whose bytes do not fit its shape is refused as one that was not left there.
  return length === bytes ? new StoredElements(file, offset, type, size) : undefined;
}

function externalBytes(proto: TensorProto, bytes: number, source: TensorSource): Uint8Array {
  const { file, offset, length } = externalPlace(proto, bytes, source);
  return readStored(file, offset, length);
}

function externalPlace(
  proto: TensorProto,
  bytes: number,
  source: TensorSource,
): { readonly file: StoredFile; readonly offset: number; readonly length: number } {
  const fields = new Map(proto.externalData.map(({ key, value }) => [key, value]));
  const path = fields.get("location") ?? "";
  const refuse = (reason: string): never => {
    throw errors.ONNX_EXTERNAL_DATA({ file: source.file, path, reason: `${reason} (tensor \`${proto.name}\`)` });
  };
  const own = path === ownLocation ? source.self : undefined;
  if (own === undefined && source.externalData === undefined) return refuse("the weights lie in another file, but none may be opened here");
  const file = own ?? source.externalData!(path);
  const offset = Number(fields.get("offset") ?? "0");
  const length = Number(fields.get("length") ?? String(bytes));
  const whole = (n: number): boolean => Number.isSafeInteger(n) && n >= 0;
  if (!whole(offset) || !whole(length) || (own === undefined && length !== bytes))
    return refuse(`expected ${bytes} bytes, the file states offset ${offset} and length ${length}`);
  if (offset + length > file.size) return refuse(`bytes ${offset} to ${offset + length} lie past its end (${file.size} bytes)`);
  return { file, offset, length };
}

/** Copies, because protobuf gives views at odd offsets; not by `slice`, which on Node's Buffer is a view again. */
function fromRaw(raw: Uint8Array, type: ElementType, size: number): ConstantData | undefined {
  if (raw.byteLength !== size * elementBytes[type]) return undefined;
  if (type === "float16" || type === "bfloat16") return halvesOf(type, raw);
  const { buffer } = new Uint8Array(raw);
  switch (type) {
    case "float32":
      return new Float32Array(buffer);
    case "float64":
      return new Float64Array(buffer);
    case "int8":
      return Int32Array.from(new Int8Array(buffer));
    case "int16":
      return Int32Array.from(new Int16Array(buffer));
    case "int32":
      return new Int32Array(buffer);
    case "uint8":
      return Int32Array.from(new Uint8Array(buffer));
    case "uint16":
      return Int32Array.from(new Uint16Array(buffer));
    case "uint32":
      return BigInt64Array.from(Array.from(new Uint32Array(buffer), BigInt));
    case "int64":
    case "uint64":
      return new BigInt64Array(buffer);
    case "bool":
      return Uint8Array.from(new Uint8Array(buffer), (b) => (b === 0 ? 0 : 1));
    default:
      return type satisfies never;
  }
}

/** The field that holds values of a type when there is no raw data: 16-bit floats lie as bits in the integers. */
function typedField(proto: TensorProto, type: ElementType): readonly (number | bigint)[] {
  switch (type) {
    case "float32":
      return proto.floatData;
    case "float64":
      return proto.doubleData;
    case "int64":
      return proto.int64Data;
    case "uint32":
    case "uint64":
      return proto.uint64Data;
    case "float16":
    case "bfloat16":
    case "int8":
    case "int16":
    case "int32":
    case "uint8":
    case "uint16":
    case "bool":
      return proto.int32Data;
    default:
      return type satisfies never;
  }
}

const typedLength = (proto: TensorProto, type: ElementType): number => typedField(proto, type).length;

function typedData(proto: TensorProto, type: ElementType, size: number): ConstantData | undefined {
  const field = typedField(proto, type);
  if (field.length !== size) return undefined;
  const data = allocate(type, size);
  const decode =
    type === "float16" ? float16 : type === "bfloat16" ? bfloat16 : type === "bool" ? (n: number) => (n === 0 ? 0 : 1) : (n: number) => n;
  if (data instanceof BigInt64Array) for (let i = 0; i < size; i++) data[i] = BigInt(field[i]!);
  else for (let i = 0; i < size; i++) data[i] = decode(Number(field[i]!));
  return data;
}
