/**
 * Directories of TIFF files, the form in which EXIF is stored everywhere: read into entries that own their bytes, and written again at
 * another place of a file. Source: TIFF revision 6.0, section 2; CIPA DC-008 (Exif 2.32), section 4.6.
 */

/** One tag with its values as bytes in the byte order of its file. */
export interface TiffEntry {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  readonly bytes: Uint8Array;
}

const bytesPerValue: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
};

/** Byte order of a TIFF or of an EXIF block; undefined if it is neither. BigTIFF is not understood. */
export function littleEndian(file: Uint8Array): boolean | undefined {
  const [a, b, c, d] = file;
  if (a === 0x49 && b === 0x49 && c === 42 && d === 0) return true;
  return a === 0x4d && b === 0x4d && c === 0 && d === 42 ? false : undefined;
}

/** Where the first directory begins. */
export const firstDirectory = (file: Uint8Array): number => viewOf(file).getUint32(4, littleEndian(file));

/** The entries of a directory; what points outside the file is left out. */
export function readDirectory(file: Uint8Array, at: number): readonly TiffEntry[] {
  const little = littleEndian(file);
  const view = viewOf(file);
  if (little === undefined || at < 8 || at + 2 > file.length) return [];
  const count = Math.min(view.getUint16(at, little), Math.floor((file.length - at - 2) / 12));
  return Array.from({ length: count }, (_, i) => at + 2 + 12 * i).flatMap((p) => {
    const type = view.getUint16(p + 2, little);
    const values = view.getUint32(p + 4, little);
    const size = (bytesPerValue[type] ?? 0) * values;
    const from = size <= 4 ? p + 8 : view.getUint32(p + 8, little);
    if (size === 0 || from + size > file.length) return [];
    return [{ tag: view.getUint16(p, little), type, count: values, bytes: file.slice(from, from + size) }];
  });
}

/** The first value of an entry of 16 or 32 bits. */
export function numberOf(entry: TiffEntry | undefined, little: boolean): number | undefined {
  if (entry === undefined || entry.bytes.length < 2) return undefined;
  return entry.type === 3
    ? viewOf(entry.bytes).getUint16(0, little)
    : entry.bytes.length < 4
      ? undefined
      : viewOf(entry.bytes).getUint32(0, little);
}

/** ExtraSamples: what the channels beside the colours are; 1 is transparency that the colours were multiplied with. */
const extraSamples = 338;

/** True if the first picture of a TIFF says that its colours are not multiplied with its transparency. */
export function hasStraightAlpha(file: Uint8Array): boolean {
  const little = littleEndian(file);
  if (little === undefined) return false;
  const extra = readDirectory(file, firstDirectory(file)).find(({ tag }) => tag === extraSamples);
  return numberOf(extra, little) !== 1;
}

/** A directory with its values, to stand at offset `at` of a file of this byte order; no directory follows it. */
export function writeDirectory(entries: readonly TiffEntry[], at: number, little: boolean): Uint8Array {
  const sorted = [...entries].sort((a, b) => a.tag - b.tag);
  const head = 2 + 12 * sorted.length + 4;
  const outside = sorted.map(({ bytes }) => (bytes.length <= 4 ? 0 : bytes.length + (bytes.length % 2)));
  const result = new Uint8Array(head + outside.reduce((a, b) => a + b, 0));
  const view = viewOf(result);
  view.setUint16(0, sorted.length, little);
  let next = head;
  sorted.forEach(({ tag, type, count, bytes }, i) => {
    const p = 2 + 12 * i;
    view.setUint16(p, tag, little);
    view.setUint16(p + 2, type, little);
    view.setUint32(p + 4, count, little);
    if (bytes.length <= 4) result.set(bytes, p + 8);
    else {
      view.setUint32(p + 8, at + next, little);
      result.set(bytes, next);
      next += outside[i]!;
    }
  });
  return result;
}

/** An entry that holds one 32-bit offset. */
export function offsetEntry(tag: number, offset: number, little: boolean): TiffEntry {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, offset, little);
  return { tag, type: 4, count: 1, bytes };
}

/** The values of an entry in the other byte order. */
export function swapped(entry: TiffEntry): TiffEntry {
  const size = { 3: 2, 8: 2, 4: 4, 9: 4, 11: 4, 13: 4, 5: 4, 10: 4, 12: 8 }[entry.type] ?? 1;
  if (size === 1) return entry;
  const bytes = new Uint8Array(entry.bytes.length);
  for (let i = 0; i < bytes.length; i += size) bytes.set(entry.bytes.slice(i, i + size).reverse(), i);
  return { ...entry, bytes };
}

/** A view of exactly these bytes. */
export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
