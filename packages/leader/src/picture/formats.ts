import { extname } from "node:path";
import { errors } from "../error-codes.js";

/** Picture formats that are written. */
export type PictureFormat = "png" | "jpeg" | "webp" | "tiff" | "avif";

const byExtension: Readonly<Record<string, PictureFormat>> = {
  ".png": "png",
  ".jpg": "jpeg",
  ".jpeg": "jpeg",
  ".jfif": "jpeg",
  ".webp": "webp",
  ".tif": "tiff",
  ".tiff": "tiff",
  ".avif": "avif",
};

/** Endings of files that take `heic-decode` to be read. */
export const heicExtensions: readonly string[] = [".heic", ".heif", ".hif"];

/** Endings of files that are read, but not written. */
export const readOnlyExtensions: readonly string[] = [".gif", ".bmp"];

/** File name endings of pictures that are written; all of them are read too. */
export const pictureExtensions: readonly string[] = Object.keys(byExtension);

/** True if the name ends like a picture that is read. */
export const isPicturePath = (path: string): boolean => {
  const extension = extname(path).toLowerCase();
  return extension in byExtension || readOnlyExtensions.includes(extension) || heicExtensions.includes(extension);
};

/** The format that a file name asks for; `PICTURE_FORMAT_UNKNOWN` if it asks for none that is written. */
export function formatOf(path: string): PictureFormat {
  const format = byExtension[extname(path).toLowerCase()];
  if (format === undefined) throw errors.PICTURE_FORMAT_UNKNOWN({ file: path, known: pictureExtensions });
  return format;
}
