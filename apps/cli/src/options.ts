import { errors } from "./error-codes.js";

/** Options that every command on a pipeline has. */
export interface PipelineCommandOptions {
  readonly pipeline: string;
  readonly set: readonly string[];
  readonly json: boolean;
}

/** A whole number from the command line, or a usage error that names the option. */
export function wholeNumber(option: string, text: string | undefined, minimum = 0): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(value) || value < minimum) {
    throw errors.USAGE({
      problem: `${option} takes a whole number of at least ${minimum}, received \`${text}\``,
      hint: `for example ${option} ${Math.max(minimum, 1)}`,
    });
  }
  return value;
}

/** `HEIGHTxWIDTH`, or a usage error. */
export function pictureSize(text: string): { readonly height: number; readonly width: number } {
  const match = /^(\d+)x(\d+)$/u.exec(text);
  const [height, width] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || height < 1 || width < 1) {
    throw errors.USAGE({ problem: `--size takes HEIGHTxWIDTH, received \`${text}\``, hint: "for example --size 256x256" });
  }
  return { height, width };
}
