import {
  firstDirectory,
  littleEndian,
  numberOf,
  offsetEntry,
  readDirectory,
  swapped,
  viewOf,
  writeDirectory,
  type TiffEntry,
} from "./tiff-directory.js";

/** EXIF blocks: made upright, taken out of TIFF files, and put into them. A block begins with its byte order, without "Exif\0\0". */

const orientationTag = 0x0112;
const exifPointer = 0x8769;
const gpsPointer = 0x8825;
/** Tags of a TIFF's own directory that say what the picture is of and by whom, not how its samples are stored. */
const descriptive = new Set([
  0x010e, 0x010f, 0x0110, 0x0131, 0x0132, 0x013b, 0x013c, 0x8298, 0x4746, 0x9c9b, 0x9c9c, 0x9c9d, 0x9c9e, 0x9c9f,
]);

/**
 * The block for an upright result: orientation 1, and no thumbnail, which would show the picture as it was before. Nothing else moves,
 * so the maker's notes stay readable. Undefined if the block is none.
 */
export function uprightExif(block: Uint8Array): Uint8Array | undefined {
  const prefixed = String.fromCharCode(...block.subarray(0, 4)) === "Exif";
  const exif = block.slice(prefixed ? 6 : 0);
  const little = littleEndian(exif);
  if (little === undefined || exif.length < 14) return undefined;
  const view = viewOf(exif);
  const at = firstDirectory(exif);
  if (at + 2 > exif.length) return undefined;
  const count = view.getUint16(at, little);
  const end = at + 2 + 12 * count;
  if (end + 4 > exif.length) return undefined;
  for (let p = at + 2; p < end; p += 12) if (view.getUint16(p, little) === orientationTag) view.setUint16(p + 8, 1, little);
  view.setUint32(end, 0, little);
  return exif;
}

/** The EXIF of a TIFF file as a block of its own; undefined if it has none. */
export function exifOfTiff(file: Uint8Array): Uint8Array | undefined {
  const little = littleEndian(file);
  if (little === undefined) return undefined;
  const main = readDirectory(file, firstDirectory(file));
  const below = (pointer: number): readonly TiffEntry[] => {
    const at = numberOf(
      main.find(({ tag }) => tag === pointer),
      little,
    );
    return at === undefined ? [] : readDirectory(file, at);
  };
  const parts = { main: main.filter(({ tag }) => descriptive.has(tag)), exif: below(exifPointer), gps: below(gpsPointer) };
  if (Object.values(parts).every((part) => part.length === 0)) return undefined;
  const header = Uint8Array.from(little ? [0x49, 0x49, 42, 0, 8, 0, 0, 0] : [0x4d, 0x4d, 0, 42, 0, 0, 0, 8]);
  return joined([header, ...directories(parts, header.length, little)]);
}

/** The TIFF file with the tags of an EXIF block, whatever the byte orders of the two. Samples stay where they are. */
export function tiffWithExif(file: Uint8Array, block: Uint8Array): Uint8Array {
  const little = littleEndian(file);
  const own = littleEndian(block);
  if (little === undefined || own === undefined) return file;
  const read = (at: number | undefined): readonly TiffEntry[] =>
    at === undefined ? [] : readDirectory(block, at).map((entry) => (own === little ? entry : swapped(entry)));
  const all = readDirectory(block, firstDirectory(block));
  const pointer = (tag: number): number | undefined =>
    numberOf(
      all.find((entry) => entry.tag === tag),
      own,
    );
  const added = read(firstDirectory(block)).filter(({ tag }) => descriptive.has(tag));
  const kept = readDirectory(file, firstDirectory(file)).filter((entry) => !added.some(({ tag }) => tag === entry.tag));
  const padding = new Uint8Array(file.length % 2);
  const at = file.length + padding.length;
  const parts = { main: [...kept, ...added], exif: read(pointer(exifPointer)), gps: read(pointer(gpsPointer)) };
  const result = joined([file, padding, ...directories(parts, at, little)]);
  viewOf(result).setUint32(4, at, little);
  return result;
}

/** A main directory and the two that it points to, to stand at `at`. */
function directories(
  parts: Readonly<Record<"main" | "exif" | "gps", readonly TiffEntry[]>>,
  at: number,
  little: boolean,
): readonly Uint8Array[] {
  const layout = (exifAt: number, gpsAt: number): Uint8Array =>
    writeDirectory(
      [
        ...parts.main.filter(({ tag }) => tag !== exifPointer && tag !== gpsPointer),
        ...(parts.exif.length === 0 ? [] : [offsetEntry(exifPointer, exifAt, little)]),
        ...(parts.gps.length === 0 ? [] : [offsetEntry(gpsPointer, gpsAt, little)]),
      ],
      at,
      little,
    );
  const exifAt = at + layout(0, 0).length;
  const exif = parts.exif.length === 0 ? new Uint8Array(0) : writeDirectory(parts.exif, exifAt, little);
  const gpsAt = exifAt + exif.length;
  const gps = parts.gps.length === 0 ? new Uint8Array(0) : writeDirectory(parts.gps, gpsAt, little);
  return [layout(exifAt, gpsAt), exif, gps];
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
