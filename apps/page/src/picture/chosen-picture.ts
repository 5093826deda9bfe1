import type { Failure } from "../api/failure.js";
import type { About } from "../api/views.js";

/** The picture that is to be restored. */
export interface ChosenPicture {
  readonly file: File;
  /** Its size and an address to show it at; absent where this browser cannot read its format, which the service may all the same. */
  readonly shown?: { readonly url: string; readonly width: number; readonly height: number };
}

/** Reads a file as far as this browser can. */
export async function choosePicture(file: File): Promise<ChosenPicture> {
  const url = URL.createObjectURL(file);
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
    return { file, shown: { url, width: image.naturalWidth, height: image.naturalHeight } };
  } catch {
    URL.revokeObjectURL(url);
    return { file };
  }
}

/** Why the service would refuse a picture, known before it is sent; undefined if it may take it. */
export function refusalOf({ file, shown }: ChosenPicture, about: Pick<About, "bytes" | "pixels"> | undefined): Failure | undefined {
  if (about === undefined) return undefined;
  const refusal = (message: string, hint: string): Failure => ({
    status: 0,
    code: "PICTURE",
    message,
    hint,
    problems: [],
    field: "picture",
  });
  if (file.size === 0) return refusal("The file is empty.", "Choose another one.");
  if (file.size > about.bytes)
    return refusal(
      `The file has ${bytesText(file.size)}; this service takes ${bytesText(about.bytes)}.`,
      "Choose a smaller one, or save it with more compression.",
    );
  const pixels = shown === undefined ? 0 : shown.width * shown.height;
  if (pixels > about.pixels)
    return refusal(
      `The picture has ${millions(pixels)} million pixels; this service takes ${millions(about.pixels)} million.`,
      "Reduce it or cut a part out.",
    );
  return undefined;
}

const millions = (pixels: number): string => (pixels / 1e6).toFixed(1);

/** A number of bytes as people read it. */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 2 ** 20 ? `${Math.round(bytes / 1024)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
