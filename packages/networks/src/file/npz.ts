import { errors } from "../error-codes.js";
import { checkedSize, elementBytes, elementsOf, type ElementType } from "./element-type.js";
import type { Source } from "./source.js";
import { rowMajor, type StoredTensor } from "./stored-tensor.js";
import { readZip, type ZipEntry } from "./zip.js";

/** Unpacked arrays may take this many times the archive: weights hardly shrink, so that more is a bomb. */
const mostGrowth = 4;
/** Below this many bytes growth does not matter. */
const harmless = 2 ** 20;

const types: ReadonlyMap<string, ElementType> = new Map<string, ElementType>([
  ["<f4", "float32"],
  ["<f2", "float16"],
  ["<f8", "float64"],
  ["<i8", "int64"],
  ["<i4", "int32"],
  ["<i2", "int16"],
  ["|i1", "int8"],
  ["|u1", "uint8"],
  ["|b1", "bool"],
]);

type Refuse = (problem: string) => never;

/**
 * The arrays of an `.npz` archive by name, without the ending `.npy`.
 * @throws CHECKPOINT_UNREADABLE, also for arrays of Python objects, which only running code could read.
 */
export async function readNpz(source: Source): Promise<ReadonlyMap<string, StoredTensor>> {
  const refuse: Refuse = (problem) => {
    throw errors.CHECKPOINT_UNREADABLE({ file: source.name, problem });
  };
  const entries = [...(await readZip(source)).values()];
  const other = entries.find(({ name }) => !name.endsWith(".npy"));
  if (other !== undefined) return refuse(`\`${other.name}\` is no array`);
  const total = entries.reduce((sum, { size }) => sum + size, 0);
  if (total > Math.max(harmless, mostGrowth * source.size)) return refuse(`its ${source.size} bytes would unpack to ${total}`);
  const arrays: [string, StoredTensor][] = [];
  for (const entry of entries) arrays.push([entry.name.slice(0, -".npy".length), await npyTensor(entry, refuse)]);
  return new Map(arrays);
}

async function npyTensor(entry: ZipEntry, refuse: Refuse): Promise<StoredTensor> {
  // Headers are short, but an entry can only be unpacked whole; what was read is kept for the elements.
  const bytes = await entry.read();
  const bad = (problem: string): never => refuse(`the array \`${entry.name}\` ${problem}`);
  if (bytes.length < 10 || Buffer.from(bytes.subarray(0, 6)).toString("latin1") !== "\x93NUMPY")
    return bad("does not begin as NumPy's arrays do");
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const long = bytes[6]! >= 2;
  const start = long ? 12 : 10;
  if (bytes[6]! < 1 || bytes[6]! > 3 || bytes.length < start) return bad("has an unknown version");
  const length = long ? data.getUint32(8, true) : data.getUint16(8, true);
  if (start + length > bytes.length) return bad("ends in its header");
  const header = parseHeader(new TextDecoder().decode(bytes.subarray(start, start + length)), bad);
  const size = checkedSize(header.shape);
  const contents = bytes.subarray(start + length);
  if (size === undefined || size * elementBytes[header.type] !== contents.length)
    return bad(`of shape [${header.shape.join(",")}] does not fit its ${contents.length} bytes`);
  return { type: header.type, shape: header.shape, elements: () => Promise.resolve(ordered(header, contents)) };
}

interface NpyHeader {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly fortran: boolean;
}

function parseHeader(text: string, bad: (problem: string) => never): NpyHeader {
  const field = (pattern: RegExp): string => pattern.exec(text)?.[1] ?? bad("has a header that is not understood");
  const descr = field(/'descr': '([^']{1,8})'/u);
  const type = types.get(descr) ?? bad(`holds ${descr}`);
  const fortran = field(/'fortran_order': (True|False)/u) === "True";
  const shape = field(/'shape': \(([\d, ]*)\)/u)
    .split(",")
    .map((n) => n.trim())
    .filter((n) => n !== "")
    .map(Number);
  return { type, shape, fortran };
}

function ordered({ type, shape, fortran }: NpyHeader, bytes: Uint8Array<ArrayBuffer>) {
  const all = elementsOf(type, bytes);
  if (!fortran) return all;
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((a, b) => a * b, 1));
  return rowMajor(type, all, shape, strides, 0);
}
