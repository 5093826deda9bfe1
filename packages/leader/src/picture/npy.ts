import type { HostTensor } from "@leader/graph";
import { errors } from "../error-codes.js";
import { readOrdinaryFile } from "../files/ordinary-file.js";
import { writeFileAtomically, type WriteOptions } from "./atomic-file.js";

/** NumPy's `.npy` format, versions 1-3: how measurements that are no pictures are stored. */

const magic = "\x93NUMPY";

type Decoder = (view: DataView, count: number) => HostTensor["data"];

const fill = <T extends Float32Array | Int32Array | Uint8Array>(into: T, read: (i: number) => number): T => {
  for (let i = 0; i < into.length; i++) into[i] = read(i);
  return into;
};

const decoders: Readonly<Record<string, { readonly size: number; readonly dtype: HostTensor["dtype"]; readonly decode: Decoder }>> = {
  "<f4": { size: 4, dtype: "float32", decode: (v, n) => fill(new Float32Array(n), (i) => v.getFloat32(4 * i, true)) },
  "<f8": { size: 8, dtype: "float32", decode: (v, n) => fill(new Float32Array(n), (i) => v.getFloat64(8 * i, true)) },
  "<u2": { size: 2, dtype: "int32", decode: (v, n) => fill(new Int32Array(n), (i) => v.getUint16(2 * i, true)) },
  "|u1": { size: 1, dtype: "int32", decode: (v, n) => fill(new Int32Array(n), (i) => v.getUint8(i)) },
  "|b1": { size: 1, dtype: "bool", decode: (v, n) => fill(new Uint8Array(n), (i) => (v.getUint8(i) === 0 ? 0 : 1)) },
  "<i4": { size: 4, dtype: "int32", decode: (v, n) => fill(new Int32Array(n), (i) => v.getInt32(4 * i, true)) },
  "<i8": { size: 8, dtype: "int32", decode: (v, n) => fill(new Int32Array(n), (i) => Number(v.getBigInt64(8 * i, true))) },
};

/**
 * Reads a `.npy` array; float64 becomes float32, and integers become int32. Fortran order becomes C order.
 * Errors: `FILE_MISSING`, `FILE_NOT_ORDINARY`, `ARRAY_UNREADABLE` (not NumPy, another element type, truncated).
 */
export async function readNpy(path: string): Promise<HostTensor> {
  return decodeNpy(await readOrdinaryFile(path), path);
}

/** Decodes the bytes of a `.npy` file; `file` names it in errors. */
export function decodeNpy(bytes: Uint8Array, file: string): HostTensor {
  const fail = (problem: string): never => {
    throw errors.ARRAY_UNREADABLE({ file, problem });
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || String.fromCharCode(...bytes.subarray(0, 6)) !== magic) return fail("it does not begin like a .npy file");
  const wide = bytes[6]! >= 2;
  const start = wide ? 12 : 10;
  const headerLength = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  if (start + headerLength > bytes.length) return fail("it ends inside its header");
  const header = new TextDecoder("latin1").decode(bytes.subarray(start, start + headerLength));
  const descr = /'descr':\s*'([^']+)'/u.exec(header)?.[1];
  const shapeText = /'shape':\s*\(([^)]*)\)/u.exec(header)?.[1];
  if (descr === undefined || shapeText === undefined) return fail("its header has no element type or shape");
  const decoder = decoders[descr];
  if (decoder === undefined) return fail(`elements of type ${descr} are not supported`);
  const shape = shapeText
    .split(",")
    .map((n) => n.trim())
    .filter((n) => n !== "")
    .map(Number);
  if (shape.some((n) => !Number.isSafeInteger(n) || n < 0)) return fail(`shape (${shapeText}) is not valid`);
  const count = shape.reduce((a, b) => a * b, 1);
  const begin = start + headerLength;
  if (begin + count * decoder.size > bytes.length) return fail(`it holds fewer than the ${count} elements that its shape announces`);
  const body = new DataView(bytes.buffer, bytes.byteOffset + begin, count * decoder.size);
  const data = decoder.decode(body, count);
  return { shape, dtype: decoder.dtype, data: /'fortran_order':\s*True/u.test(header) ? rowMajor(data, shape) : data };
}

/** Values whose first index runs fastest (MATLAB's order) with the last index running fastest. */
function rowMajor(data: HostTensor["data"], shape: readonly number[]): HostTensor["data"] {
  const result = data.slice();
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((a, b) => a * b, 1));
  const index = shape.map(() => 0);
  for (let i = 0; i < result.length; i++) {
    result[i] = data[index.reduce((at, n, axis) => at + n * strides[axis]!, 0)]!;
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0;
  }
  return result;
}

/** Encodes an array as `.npy` version 1.0. */
export function encodeNpy(tensor: HostTensor): Uint8Array {
  const descr = { float32: "<f4", int32: "<i4", bool: "|b1" }[tensor.dtype];
  const shape = tensor.shape.length === 1 ? `(${tensor.shape[0]!},)` : `(${tensor.shape.join(", ")})`;
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`;
  const padded = text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11, " ") + "\n";
  const { data } = tensor;
  const bytes = new Uint8Array(10 + padded.length + data.byteLength);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, padded.length & 255, padded.length >> 8]);
  bytes.set(new TextEncoder().encode(padded), 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + padded.length);
  return bytes;
}

/** Writes a `.npy` file atomically. */
export async function writeNpy(path: string, tensor: HostTensor, options: WriteOptions = {}): Promise<void> {
  await writeFileAtomically(path, encodeNpy(tensor), options);
}
