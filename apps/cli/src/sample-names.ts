import { stat } from "node:fs/promises";
import { dirname, extname, join, basename } from "node:path";
import { errors } from "./error-codes.js";
import { checkKept, prepareFiles } from "./outputs.js";

/** The files of several restorations of one picture: the first has the name of the result, the others stand beside it. */
export interface SampleNames {
  readonly samples: readonly string[];
  readonly mean: string;
  readonly deviation: string;
}

const beside = (output: string, what: string): string => {
  const extension = extname(output);
  return join(dirname(output), `${basename(output, extension)}.${what}${extension}`);
};

export const sampleNames = (output: string, count: number): SampleNames => ({
  samples: Array.from({ length: count }, (_, k) => (k === 0 ? output : beside(output, `sample-${k + 1}`))),
  mean: beside(output, "mean"),
  deviation: beside(output, "deviation"),
});

/** The name of the result that a file beside it belongs to; the name itself for any other file. */
export const mainOf = (path: string): string => path.replace(/\.(?:sample-\d+|mean|deviation)(?=\.[^./\\]+$)/u, "");

const existing = async (paths: readonly string[]): Promise<readonly string[]> => {
  const there = await Promise.all(paths.map((path) => stat(path).catch(() => undefined)));
  return paths.filter((_, i) => there[i] !== undefined);
};

/** The files beside a result. */
const othersOf = (output: string, count: number): readonly string[] => {
  const { samples, mean, deviation } = sampleNames(output, count);
  return [...samples.slice(1), mean, deviation];
};

/** True if all files beside a result are there. */
export async function samplesThere(output: string, count: number): Promise<boolean> {
  if (count === 1) return true;
  const others = othersOf(output, count);
  return (await existing(others)).length === others.length;
}

/** Refuses what would be replaced beside results that are yet to be made. Errors: `OUTPUT_EXISTS`, `OUTPUT_IS_INPUT`, `OUTPUT_UNUSABLE`. */
export async function checkSamples(
  results: readonly { readonly job: { readonly output: string; readonly overwrite: boolean }; readonly done: boolean }[],
  count: number,
  keep: readonly string[],
): Promise<void> {
  if (count === 1) return;
  for (const { job, done } of results) {
    if (done) continue;
    const others = othersOf(job.output, count);
    await checkKept(others, keep);
    const [path] = job.overwrite ? [] : await existing(others);
    if (path !== undefined) throw errors.OUTPUT_EXISTS({ path });
    await prepareFiles(others);
  }
}
