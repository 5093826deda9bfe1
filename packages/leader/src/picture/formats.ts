import { extname } from "node:path";
import { errors } from "../error-codes.js";

/** Picture formats that are read and written. */
export type PictureFormat = "png" | "jpeg" | "webp" | "tiff";

const byExtension: Readonly<Record<string, PictureFormat>> = {
  ".png": "png",
  ".jpg": "jpeg",
  ".jpeg": "jpeg",
  ".webp": "webp",
  ".tif": "tiff",
  ".tiff": "tiff",
};

/** File name endings of pictures. */
export const pictureExtensions: readonly string[] = Object.keys(byExtension);

/** True if the name ends like a picture. */
export const isPicturePath = (path: string): boolean => extname(path).toLowerCase() in byExtension;

/** The format that a file name asks for; `PICTURE_FORMAT_UNKNOWN` if it asks for none. */
export function formatOf(path: string): PictureFormat {
  const format = byExtension[extname(path).toLowerCase()];
  if (format === undefined) throw errors.PICTURE_FORMAT_UNKNOWN({ file: path, known: pictureExtensions });
  return format;
}
