/** A kind of picture file that no decoder here reads, and what makes a PNG of it. */
export interface ForeignFormat {
  readonly name: string;
  readonly how: string;
}

const raw: ForeignFormat = { name: "a camera's raw file", how: "have a raw converter (darktable, RawTherapee) write a 16-bit TIFF" };

/** What the bytes of a file that could not be decoded are by their beginning; undefined: nothing that is known. */
export function foreignFormatOf(bytes: Uint8Array): ForeignFormat | undefined {
  const text = (from: number, to: number): string => String.fromCharCode(...bytes.subarray(from, to));
  if (text(4, 8) === "ftyp") return text(8, 11) === "crx" ? raw : undefined;
  return text(0, 16) === "FUJIFILMCCD-RAW " || text(8, 10) === "CR" || text(0, 4) === "IIRO" || text(0, 4) === "IIU\0" ? raw : undefined;
}
