/**
 * Zip archives as `torch.save` and NumPy write them. Our own reader, because checkpoints need what general ones do not give together: the
 * place of a stored entry in the file without unpacking it, every header compared with its double, and checksums of what is read.
 */
import { crc32, inflateRawSync } from "node:zlib";
import { errors } from "../error-codes.js";
import type { Source } from "./source.js";

/** One file of an archive. */
export interface ZipEntry {
  readonly name: string;
  /** Bytes when unpacked. */
  readonly size: number;
  /** True if the bytes lie in the archive as they are. */
  readonly stored: boolean;
  /** The contents, with their checksum compared. */
  read(): Promise<Uint8Array<ArrayBuffer>>;
  /** Where the bytes begin in the archive, if they lie there as they are. */
  readonly offset?: number;
  /** Compares the checksum of bytes that lie there as they are, without keeping them. */
  check?(): Promise<void>;
}

interface Header {
  readonly name: string;
  readonly method: number;
  readonly flags: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
}

interface Directory {
  readonly offset: number;
  readonly length: number;
  readonly count: number;
}

const unknown32 = 0xffffffff;
const unknown16 = 0xffff;
const mostEntries = 20_000;
const [storedMethod, deflated] = [0, 8];
/** Bits of the general flag that say nothing about the contents: compression level, sizes behind the data, names in UTF-8. */
const harmlessFlags = 0x080e;
const end = { signature: 0x06054b50, length: 22 };
const end64 = { signature: 0x06064b50, length: 56 };
const locator64 = { signature: 0x07064b50, length: 20 };
const centralHeader = { signature: 0x02014b50, length: 46 };
const localHeader = { signature: 0x04034b50, length: 30 };

type Refuse = (problem: string) => never;

/**
 * The entries of an archive by name.
 * @throws CHECKPOINT_UNREADABLE on whatever two readers could understand differently: a directory that is not at the end, entries that
 * overlap, bytes that belong to none, doubled names, headers that disagree, encryption, several disks.
 */
export async function readZip(source: Source): Promise<ReadonlyMap<string, ZipEntry>> {
  const refuse: Refuse = (problem) => {
    throw errors.CHECKPOINT_UNREADABLE({ file: source.name, problem: `as a zip archive: ${problem}` });
  };
  const directory = await findDirectory(source, refuse);
  const headers = centralHeaders(await source.read(directory.offset, directory.length), directory.count, refuse);
  const entries = await locate(source, headers, directory.offset, refuse);
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  if (byName.size !== entries.length) refuse("two entries have the same name");
  return byName;
}

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function uint64(data: DataView, at: number, refuse: Refuse): number {
  const value = data.getBigUint64(at, true);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : refuse(`${value} is no size`);
}

/** The end record is the last thing of the file: no comment, since none of the writers makes one and a second archive could hide in it. */
async function findDirectory(source: Source, refuse: Refuse): Promise<Directory> {
  if (source.size < end.length) return refuse("it is too short");
  const place = source.size - end.length;
  const record = view(await source.read(place, end.length));
  if (record.getUint32(0, true) !== end.signature)
    return refuse("its directory is not at the end: the file is incomplete, or something follows it");
  if (record.getUint16(20, true) !== 0) return refuse("it has a comment");
  if (record.getUint16(4, true) !== 0 || record.getUint16(6, true) !== 0) return refuse("it is a part of several");
  const [here, count] = [record.getUint16(8, true), record.getUint16(10, true)];
  const [length, offset] = [record.getUint32(12, true), record.getUint32(16, true)];
  if (here !== count) return refuse("it is a part of several");
  const large = await largeDirectory(source, place, refuse);
  const found = large?.directory ?? { offset, length, count };
  const agrees = (short: number, long: number, mark: number): boolean => short === mark || short === long;
  if (
    large !== undefined &&
    !(agrees(count, found.count, unknown16) && agrees(length, found.length, unknown32) && agrees(offset, found.offset, unknown32))
  )
    return refuse("its two end records disagree");
  if (found.offset + found.length !== (large?.place ?? place)) return refuse("its directory does not reach to its end record");
  if (found.count > mostEntries || found.count * centralHeader.length > found.length)
    return refuse(`its directory cannot hold ${found.count} entries`);
  return found;
}

async function largeDirectory(
  source: Source,
  place: number,
  refuse: Refuse,
): Promise<{ readonly directory: Directory; readonly place: number } | undefined> {
  if (place < locator64.length) return undefined;
  const locator = view(await source.read(place - locator64.length, locator64.length));
  if (locator.getUint32(0, true) !== locator64.signature) return undefined;
  const at = uint64(locator, 8, refuse);
  if (at + end64.length !== place - locator64.length) return refuse("its large end record is not where it is said to be");
  const record = view(await source.read(at, end64.length));
  if (record.getUint32(0, true) !== end64.signature) return refuse("it has no large end record");
  const [here, count] = [uint64(record, 24, refuse), uint64(record, 32, refuse)];
  if (here !== count || record.getUint32(16, true) !== 0) return refuse("it is a part of several");
  return { directory: { count, length: uint64(record, 40, refuse), offset: uint64(record, 48, refuse) }, place: at };
}

function centralHeaders(bytes: Uint8Array, count: number, refuse: Refuse): readonly Header[] {
  const headers: Header[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + centralHeader.length > bytes.length) return refuse("its directory ends in the middle of an entry");
    const data = view(bytes.subarray(at));
    if (data.getUint32(0, true) !== centralHeader.signature) return refuse("its directory is damaged");
    const [nameLength, extraLength, commentLength] = [data.getUint16(28, true), data.getUint16(30, true), data.getUint16(32, true)];
    const next = at + centralHeader.length + nameLength + extraLength + commentLength;
    if (next > bytes.length) return refuse("its directory ends in the middle of an entry");
    const extra = bytes.subarray(at + centralHeader.length + nameLength, at + centralHeader.length + nameLength + extraLength);
    headers.push(
      header(data, entryName(bytes.subarray(at + centralHeader.length, at + centralHeader.length + nameLength), refuse), extra, refuse),
    );
    at = next;
  }
  if (at !== bytes.length) refuse("something follows the last entry of its directory");
  return headers;
}

function entryName(bytes: Uint8Array, refuse: Refuse): string {
  try {
    const name = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return name !== "" && !name.includes("\0") ? name : refuse("an entry has no name");
  } catch {
    return refuse("the name of an entry is no text");
  }
}

function header(data: DataView, name: string, extra: Uint8Array, refuse: Refuse): Header {
  const [packed, size, offset] = largeSizes([data.getUint32(20, true), data.getUint32(24, true), data.getUint32(42, true)], extra, refuse);
  const [flags, method] = [data.getUint16(8, true), data.getUint16(10, true)];
  if ((flags & ~harmlessFlags) !== 0)
    return refuse(`\`${name}\` is encrypted or packed in a way that is not read (flags 0x${flags.toString(16)})`);
  if (method !== storedMethod && method !== deflated) return refuse(`\`${name}\` is packed by method ${method}`);
  if (data.getUint16(34, true) !== 0) return refuse("it is a part of several");
  if (method === storedMethod && packed !== size) return refuse(`\`${name}\` has ${packed} bytes and states ${size}`);
  return { name, method, flags, crc: data.getUint32(16, true), packed, size, offset };
}

/** Sizes of 4 GiB and more stand in an extra field, in this order and only where the short field says so. */
function largeSizes(short: readonly [number, number, number], extra: Uint8Array, refuse: Refuse): readonly [number, number, number] {
  // The field has the order size, packed size, offset; the header has packed size first.
  const [packed, size, offset] = short;
  if (packed !== unknown32 && size !== unknown32 && offset !== unknown32) return short;
  const fields = extraField(extra, 1, refuse);
  if (fields === undefined) return refuse("a large entry does not state its size");
  const data = view(fields);
  let at = 0;
  const long = (value: number): number => {
    if (value !== unknown32) return value;
    if (at + 8 > fields.length) return refuse("a large entry does not state its size");
    at += 8;
    return uint64(data, at - 8, refuse);
  };
  const longSize = long(size);
  return [long(packed), longSize, long(offset)];
}

function extraField(extra: Uint8Array, wanted: number, refuse: Refuse): Uint8Array | undefined {
  for (let at = 0; at + 4 <= extra.length;) {
    const [tag, length] = [view(extra).getUint16(at, true), view(extra).getUint16(at + 2, true)];
    if (at + 4 + length > extra.length) return refuse("an extra field is damaged");
    if (tag === wanted) return extra.subarray(at + 4, at + 4 + length);
    at += 4 + length;
  }
  return undefined;
}

/** Compares every local header with the directory, and sees that the entries follow one another from the first byte on. */
async function locate(source: Source, headers: readonly Header[], directory: number, refuse: Refuse): Promise<readonly ZipEntry[]> {
  const entries: ZipEntry[] = [];
  const ordered = [...headers].sort((a, b) => a.offset - b.offset);
  let at = 0;
  for (const [i, entry] of ordered.entries()) {
    if (entry.offset < at) return refuse(`\`${entry.name}\` overlaps the entry before it`);
    if (entry.offset > at + slack(i === 0 ? undefined : ordered[i - 1])) return refuse(`bytes before \`${entry.name}\` belong to no entry`);
    const data = await dataOffset(source, entry, directory, refuse);
    at = data + entry.packed;
    if (at > directory) return refuse(`\`${entry.name}\` reaches into the directory`);
    entries.push(zipEntry(source, entry, data, refuse));
  }
  if (directory > at + slack(ordered.at(-1))) return refuse("bytes before its directory belong to no entry");
  return entries;
}

/** Behind an entry whose header left the sizes open follows a record of them: 12 to 24 bytes. */
const slack = (entry: Header | undefined): number => (entry !== undefined && (entry.flags & 8) !== 0 ? 24 : 0);

async function dataOffset(source: Source, entry: Header, directory: number, refuse: Refuse): Promise<number> {
  if (entry.offset + localHeader.length > directory) return refuse(`\`${entry.name}\` lies outside the archive`);
  const local = view(await source.read(entry.offset, localHeader.length));
  if (local.getUint32(0, true) !== localHeader.signature) return refuse(`\`${entry.name}\` is not where the directory says`);
  const [nameLength, extraLength] = [local.getUint16(26, true), local.getUint16(28, true)];
  const data = entry.offset + localHeader.length + nameLength + extraLength;
  if (data > directory) return refuse(`\`${entry.name}\` lies outside the archive`);
  const name = entryName(await source.read(entry.offset + localHeader.length, nameLength), refuse);
  if (name !== entry.name) return refuse(`\`${entry.name}\` calls itself \`${name}\``);
  if (local.getUint16(8, true) !== entry.method || local.getUint16(6, true) !== entry.flags)
    return refuse(`the headers of \`${name}\` disagree`);
  // Zeros or large marks are allowed: the sizes then stand in the directory alone, or behind the data.
  const open = (entry.flags & 8) !== 0;
  const agrees = (value: number, other: number): boolean => value === other || value === unknown32 || (open && value === 0);
  if (
    !agrees(local.getUint32(14, true), entry.crc) ||
    !agrees(local.getUint32(18, true), entry.packed) ||
    !agrees(local.getUint32(22, true), entry.size)
  )
    return refuse(`the headers of \`${name}\` disagree`);
  return data;
}

function zipEntry(source: Source, entry: Header, data: number, refuse: Refuse): ZipEntry {
  const read = async (): Promise<Uint8Array<ArrayBuffer>> => {
    const packed = await source.read(data, entry.packed);
    const bytes = entry.method === storedMethod ? packed : inflate(packed, entry, refuse);
    if (crc32(bytes) !== entry.crc) return refuse(`the checksum of \`${entry.name}\` is wrong`);
    return bytes;
  };
  const check = async (): Promise<void> => {
    let crc = 0;
    await source.scan(data, entry.packed, (part) => {
      crc = crc32(part, crc);
    });
    if (crc !== entry.crc) refuse(`the checksum of \`${entry.name}\` is wrong`);
  };
  const stored = entry.method === storedMethod;
  return { name: entry.name, size: entry.size, stored, read, ...(stored ? { offset: data, check } : {}) };
}

function inflate(packed: Uint8Array, { name, size }: Header, refuse: Refuse): Uint8Array<ArrayBuffer> {
  let bytes: Buffer;
  try {
    bytes = inflateRawSync(packed, { maxOutputLength: Math.max(1, size) });
  } catch (cause) {
    return refuse(`\`${name}\` cannot be unpacked: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  if (bytes.length !== size) return refuse(`\`${name}\` unpacks to ${bytes.length} bytes and states ${size}`);
  return new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length);
}
