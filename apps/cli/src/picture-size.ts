import { errors } from "./error-codes.js";

/** `HEIGHTxWIDTH`, or a usage error. */
export function pictureSize(text: string): { readonly height: number; readonly width: number } {
  const match = /^(\d+)x(\d+)$/u.exec(text);
  const [height, width] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || height < 1 || width < 1) {
    throw errors.USAGE({ problem: `--size takes HEIGHTxWIDTH, received \`${text}\``, hint: "for example --size 256x256" });
  }
  return { height, width };
}
