/**
 * BMP files, which sharp does not read: uncompressed, run-length encoded and with bit fields, of 1 to 32 bits per pixel.
 * Source: Microsoft, Bitmap Storage and Bitmap Header Types, https://learn.microsoft.com/windows/win32/gdi/bitmap-storage.
 * No library reads them all: fast-bmp has no 4 and 16 bits, runs or top rows first, bmp-ts loses rows of odd width and allocates what heads claim.
 */
import { pixelsOfRuns } from "./bmp-runs.js";

/** What the head of a BMP file says. */
export interface BmpHead {
  readonly width: number;
  readonly height: number;
  readonly hasAlpha: boolean;
  readonly bits: number;
  readonly topDown: boolean;
  readonly compression: number;
  /** Where the pixels begin. */
  readonly dataAt: number;
  readonly palette: { readonly at: number; readonly entryBytes: number; readonly count: number };
  /** Which bits are red, green, blue and opacity, where the file says so. */
  readonly masks: readonly number[] | undefined;
  /** Pixels per inch, where the file says so. */
  readonly density: number | undefined;
}

/** Bytes that hold all that `bmpHead` reads. */
export const bmpHeadBytes = 70;

const [plain, runs8, runs4, fields, alphaFields] = [0, 1, 2, 3, 6];

/** True if a file begins as BMP files do. */
export const isBmp = (bytes: Uint8Array): boolean => bytes[0] === 0x42 && bytes[1] === 0x4d && bytes.length >= 26;

/** Reads the head. Errors: an `Error` that says what is wrong with the file, or beyond what is read here. */
export function bmpHead(bytes: Uint8Array): BmpHead {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = view.getUint32(14, true);
  const old = header === 12;
  if (!old && (header < 40 || bytes.length < 54)) throw new Error(`its header of ${header} bytes is of no known kind`);
  const [width, signed] = old ? [view.getUint16(18, true), view.getUint16(20, true)] : [view.getInt32(18, true), view.getInt32(22, true)];
  const bits = view.getUint16(old ? 24 : 28, true);
  const compression = old ? plain : view.getUint32(30, true);
  const height = Math.abs(signed);
  if (width < 1 || height < 1) throw new Error(`it has ${width} x ${height} pixels`);
  if (!isKnown(bits, compression)) throw new Error(`its coding ${compression} with ${bits} bits per pixel is not read here`);
  const stated = compression === fields || compression === alphaFields;
  const withAlpha = compression === alphaFields || header >= 56;
  if (stated && bytes.length < (withAlpha ? 70 : 66)) throw new Error("it ends within its head");
  const masks = stated ? [54, 58, 62, ...(withAlpha ? [66] : [])].map((at) => view.getUint32(at, true)) : undefined;
  const used = old ? 0 : view.getUint32(46, true);
  const perMetre = old ? 0 : view.getInt32(38, true);
  const beside = header === 40 && stated ? 4 * masks!.length : 0;
  return {
    width,
    height,
    hasAlpha: (masks?.[3] ?? 0) !== 0,
    bits,
    topDown: signed < 0,
    compression,
    dataAt: view.getUint32(10, true),
    palette: {
      at: 14 + header + beside,
      entryBytes: old ? 3 : 4,
      count: bits > 8 ? 0 : used === 0 ? 2 ** bits : Math.min(used, 2 ** bits),
    },
    masks,
    density: perMetre > 0 ? Math.round(perMetre * 0.0254) : undefined,
  };
}

const isKnown = (bits: number, compression: number): boolean =>
  (compression === plain && [1, 4, 8, 16, 24, 32].includes(bits)) ||
  (compression === runs8 && bits === 8) ||
  (compression === runs4 && bits === 4) ||
  ((compression === fields || compression === alphaFields) && (bits === 16 || bits === 32));

/** Decodes the pixels to interleaved RGB or RGBA, top row first. Errors: an `Error`, as `bmpHead`; also where the file is too short. */
export function bmpPixels(bytes: Uint8Array, head: BmpHead): { readonly data: Uint8Array; readonly channels: 3 | 4 } {
  const { width, height, bits, topDown, compression } = head;
  const channels = head.hasAlpha ? 4 : 3;
  const data = new Uint8Array(width * height * channels);
  const put = pixelWriter(bytes, head, data, channels);
  if (compression === runs8 || compression === runs4) {
    const indices = pixelsOfRuns(bytes.subarray(head.dataAt), width, height, bits === 4);
    for (let i = 0; i < indices.length; i++) put(indices[i]!, i % width, height - 1 - Math.floor(i / width));
    return { data, channels };
  }
  const stride = Math.ceil((bits * width) / 32) * 4;
  // The filling of the last row may be missing.
  if (head.dataAt + stride * (height - 1) + Math.ceil((bits * width) / 8) > bytes.length) throw new Error("it ends before its last pixel");
  const valueAt = valueReader(bytes, bits);
  for (let row = 0; row < height; row++) {
    const from = head.dataAt + row * stride;
    for (let x = 0; x < width; x++) put(valueAt(from, x), x, topDown ? row : height - 1 - row);
  }
  return { data, channels };
}

/** Reads the number of a pixel in a row. */
function valueReader(bytes: Uint8Array, bits: number): (row: number, x: number) => number {
  const size = bits / 8;
  if (bits < 8) return (row, x) => (bytes[row + ((x * bits) >> 3)]! >> (8 - bits - ((x * bits) & 7))) & (2 ** bits - 1);
  return (row, x) => {
    let value = 0;
    for (let k = size - 1; k >= 0; k--) value = value * 256 + bytes[row + x * size + k]!;
    return value;
  };
}

type Put = (value: number, x: number, y: number) => void;

function pixelWriter(bytes: Uint8Array, { width, bits, palette, masks: stated }: BmpHead, data: Uint8Array, channels: 3 | 4): Put {
  if (bits <= 8) {
    const { at, entryBytes, count } = palette;
    if (at + count * entryBytes > bytes.length) throw new Error("it ends within its palette");
    return (value, x, y) => {
      if (value >= count) throw new Error(`a pixel has the colour ${value} of ${count}`);
      for (let c = 0; c < 3; c++) data[3 * (y * width + x) + c] = bytes[at + value * entryBytes + 2 - c]!;
    };
  }
  const usual = bits === 16 ? [0x7c00, 0x03e0, 0x001f] : [0xff0000, 0x00ff00, 0x0000ff];
  const masks = (stated ?? usual).slice(0, channels).map((mask) => {
    const low = mask === 0 ? 1 : (mask & -mask) >>> 0;
    return { mask, low, most: mask / low };
  });
  return (value, x, y) => {
    for (const [c, { mask, low, most }] of masks.entries()) {
      data[channels * (y * width + x) + c] = most === 0 ? 0 : Math.round((((value & mask) >>> 0) / low / most) * 255);
    }
  };
}
