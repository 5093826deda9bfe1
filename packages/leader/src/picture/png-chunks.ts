import { crc32, deflateSync } from "node:zlib";
import type { PictureMetadata } from "./picture.js";
import { packRecord, recordKeyword, unpackRecord } from "./record-carrier.js";
import { viewOf } from "./tiff-directory.js";

/** Chunks of PNG files. Source: Portable Network Graphics Specification (Third Edition), https://www.w3.org/TR/png-3/ */

/** The bytes that every PNG file begins with. */
export const pngSignature: Uint8Array = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

const ascii = (text: string): Uint8Array => Buffer.from(text, "latin1");

/** A chunk of a type, with its length and its checksum. */
export function chunk(type: string, data: Uint8Array): Uint8Array {
  const result = new Uint8Array(data.length + 12);
  viewOf(result).setUint32(0, data.length);
  result.set(ascii(type), 4);
  result.set(data, 8);
  viewOf(result).setUint32(data.length + 8, crc32(result.subarray(4, data.length + 8)));
  return result;
}

function pixelsPerMetre(density: number): Uint8Array {
  const data = new Uint8Array(9);
  viewOf(data).setUint32(0, Math.round(density / 0.0254));
  viewOf(data).setUint32(4, Math.round(density / 0.0254));
  data[8] = 1;
  return data;
}

/** Keyword, compressed by deflate, no language and no translation of the keyword. */
const recordHead = `${recordKeyword}\0\x01\0\0\0`;

/** The chunks of a profile, EXIF, XMP, a density and a record, which stand before the picture. */
export function metadataChunks({ icc, exif, xmp, density, record }: PictureMetadata): readonly Uint8Array[] {
  return [
    ...(icc === undefined ? [] : [chunk("iCCP", Buffer.concat([ascii("profile\0\0"), deflateSync(icc)]))]),
    ...(density === undefined ? [] : [chunk("pHYs", pixelsPerMetre(density))]),
    ...(exif === undefined ? [] : [chunk("eXIf", exif)]),
    ...(xmp === undefined ? [] : [chunk("iTXt", Buffer.concat([ascii("XML:com.adobe.xmp\0\0\0\0\0"), xmp]))]),
    ...(record === undefined ? [] : [chunk("iTXt", Buffer.concat([ascii(recordHead), packRecord(record)]))]),
  ];
}

function* chunks(png: Uint8Array): Generator<{ readonly type: string; readonly at: number; readonly size: number }> {
  for (let at = 8; at + 12 <= png.length;) {
    const size = viewOf(png).getUint32(at);
    yield { type: String.fromCharCode(...png.subarray(at + 4, at + 8)), at, size };
    at += size + 12;
  }
}

/** The record of a PNG, if it has one. */
export function recordInPng(png: Uint8Array): string | undefined {
  for (const { type, at, size } of chunks(png)) {
    const data = png.subarray(at + 8, at + 8 + size);
    if (type === "iTXt" && Buffer.from(data.subarray(0, recordHead.length)).toString("latin1") === recordHead)
      return unpackRecord(data.subarray(recordHead.length));
    if (type === "IDAT") return undefined;
  }
  return undefined;
}

/** Frames of an animated PNG, which decoders that do not know animation show as one still picture; 1 for all others. */
export function framesOfPng(png: Uint8Array): number {
  for (const { type, at, size } of chunks(png)) {
    if (type === "acTL" && size >= 8 && at + 16 <= png.length) return viewOf(png).getUint32(at + 8);
    if (type === "IDAT") return 1;
  }
  return 1;
}
