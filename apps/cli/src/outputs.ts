import { realpath, stat } from "node:fs/promises";
import { basename, dirname, extname, join, relative, resolve } from "node:path";
import { memberOf } from "@leader/graph/records";
import { makeFolders, pictureExtensions, problemOfWriting, sweepPartials } from "leader-restore/supervision";
import { errors } from "./error-codes.js";
import { isInput } from "./files.js";
import { Breath } from "./gently.js";
import { sweepInterims } from "./interim.js";

/** Where results go. */
export interface OutputOptions {
  readonly output: string | undefined;
  readonly suffix: string;
  /** Format of the results by its extension. Default: that of the one file which `output` names, else `usual`. */
  readonly extension: string | undefined;
  readonly usual: string;
  readonly overwrite: boolean;
  /** Files besides the inputs that no result may replace: the pipeline, references, networks. */
  readonly keep: readonly string[];
  /** Subfolder of each input below the folder that was named, kept below `output`. */
  readonly below?: ReadonlyMap<string, string>;
}

/**
 * Where each input's result goes. Everything that can be known is checked before any work is done: what exists, what would be
 * replaced under whatever name, and whether the place can be written to. What killed processes left there is removed.
 * Errors: `USAGE`, `OUTPUT_TAKEN`, `OUTPUT_IS_INPUT`, `OUTPUT_EXISTS`, `OUTPUT_UNUSABLE`.
 */
export async function planOutputs(inputs: readonly string[], options: OutputOptions): Promise<ReadonlyMap<string, string>> {
  const { output, overwrite } = options;
  const single = output !== undefined && !isPattern(output) && isInput(output) && !(await isFolder(output));
  if (single && inputs.length > 1) {
    throw errors.USAGE({ problem: `-o names one file, but there are ${inputs.length} inputs`, hint: "let -o name a folder" });
  }
  if (output !== undefined && options.extension !== undefined && (single || isPattern(output))) checkFormats(output, options.extension);
  const plan = new Map<string, string>();
  const breath = new Breath();
  for (const input of inputs) {
    plan.set(input, single ? output : outputPath(input, options));
    await breath.take();
  }
  if (!single && output !== undefined) await checkFolder(outputRoot(output), [...inputs, ...options.keep]);
  for (const folder of new Set([...plan.values()].map((path) => dirname(path)))) await makeFolder(folder);
  // Before anything is refused: a result that is there may have been finished by a process that was killed before it had tidied up.
  await sweepFolders([...plan.values()]);
  await checkTaken(plan);
  await checkKept([...plan.values()], [...inputs, ...options.keep]);
  for (const path of plan.values())
    if (!overwrite && (await stat(path).catch(() => undefined)) !== undefined) throw errors.OUTPUT_EXISTS({ path });
  await probe(plan.values());
  return plan;
}

/** Errors: `USAGE`: the name of a file, or of all that a pattern makes, ends otherwise than the format says. */
function checkFormats(output: string, extension: string): void {
  const own = extname(output).toLowerCase();
  if (own === "" || own.includes("{ext}")) return;
  if (spelling(own.slice(1)) === spelling(extension.toLowerCase())) return;
  throw errors.USAGE({
    problem: `-o ${output} and --format ${extension} name two formats`,
    hint: "leave --format out: the name of the file tells the format",
  });
}

/** Formats have several endings. */
const spelling = (extension: string): string => ({ jpeg: "jpg", jfif: "jpg", tif: "tiff" })[extension] ?? extension;

/** Refuses outputs that are one of the files to keep, by whatever name. Errors: `OUTPUT_IS_INPUT`. */
export async function checkKept(outputs: readonly string[], keep: readonly string[]): Promise<void> {
  const kept = new Map<string, string>();
  for (const path of keep) for (const name of await identities(path)) kept.set(name, path);
  for (const output of outputs) {
    const path = (await identities(output)).map((name) => kept.get(name)).find((found) => found !== undefined);
    if (path !== undefined) throw errors.OUTPUT_IS_INPUT({ path });
  }
}

/** Sweeps and probes the places of these files. Errors: `OUTPUT_UNUSABLE`. */
export async function prepareFiles(outputs: readonly string[]): Promise<void> {
  await sweepFolders(outputs);
  await probe(outputs);
}

/** Makes a folder where there is none, and finds out whether files can be written into it. Errors: `OUTPUT_UNUSABLE`. */
export async function prepareFolder(path: string): Promise<void> {
  await makeFolder(path);
  await prepareFiles([join(path, "file")]);
}

/** Errors: `OUTPUT_UNUSABLE`. */
async function probe(outputs: Iterable<string>): Promise<void> {
  for (const path of outputs) {
    const problem = await problemOfWriting(path);
    if (problem !== undefined) throw errors.OUTPUT_UNUSABLE({ path, problem });
  }
}

/**
 * Sweeps the folders of results when it is disposed of. To be declared before the place that writes to them, so that this happens when
 * nothing writes any more: a process that is ended leaves what it had begun.
 */
export const sweepAfterwards = (paths: Iterable<string>): AsyncDisposable => ({ [Symbol.asyncDispose]: () => sweepFolders(paths) });

/** Removes what killed processes left beside these files. */
async function sweepFolders(outputs: Iterable<string>): Promise<void> {
  for (const folder of new Set([...outputs].map((path) => dirname(path)))) {
    await sweepPartials(folder);
    await sweepInterims(folder);
  }
}

async function checkTaken(plan: ReadonlyMap<string, string>): Promise<void> {
  const taken = new Map<string, string>();
  for (const [input, output] of plan) {
    for (const name of new Set(await identities(output))) {
      const other = taken.get(name);
      if (other !== undefined) throw errors.OUTPUT_TAKEN({ path: output, inputs: [other, input] });
      taken.set(name, input);
    }
  }
}

/** What makes two paths the same file: where links lead, and what the disk calls the file if it exists. */
async function identities(path: string): Promise<readonly string[]> {
  const folder = await realpath(dirname(path)).catch(() => resolve(dirname(path)));
  const info = await stat(path, { bigint: true }).catch(() => undefined);
  return [join(folder, basename(path)), ...(info?.isFile() === true && info.ino !== 0n ? [`${info.dev}:${info.ino}`] : [])];
}

const isFolder = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined))?.isDirectory() === true;

const isPattern = (output: string): boolean => /\{(?:name|ext)\}/u.test(output);

/** The folder that holds all results: the one that is named, or what comes before the first name in a pattern. */
export function outputRoot(output: string): string {
  if (isPattern(output)) return dirname(output.slice(0, output.indexOf("{")).concat("x"));
  return isInput(output) ? dirname(output) : output === "" ? "." : output;
}

/** Where a result goes: into a folder under a name of its own, or as a pattern with `{name}` and `{ext}` says. */
function outputPath(input: string, { output = ".", suffix, extension, usual, below }: OutputOptions): string {
  const name = basename(input, extname(input));
  const folder = below?.get(input) ?? "";
  if (!isPattern(output)) return join(output, folder, `${name}.${suffix}.${extension ?? usual}`);
  const own = formatOfInput(input);
  const root = outputRoot(output);
  const pattern = folder === "" ? output : join(root, folder, relative(root, output));
  return pattern.replaceAll("{name}", name).replaceAll("{ext}", extension ?? own);
}

/** The extension of an input where pictures of that kind are written, else png. */
const formatOfInput = (input: string): string => {
  const extension = extname(input).toLowerCase();
  return pictureExtensions.includes(extension) ? extension.slice(1) : "png";
};

/** Errors: `OUTPUT_IS_INPUT`, `OUTPUT_UNUSABLE`: a file is where the folder of the results would be. */
async function checkFolder(path: string, keep: readonly string[]): Promise<void> {
  // Without a slash at its end, behind which a file would not be found.
  const info = await stat(resolve(path)).catch(() => undefined);
  if (info === undefined || info.isDirectory()) return;
  await checkKept([path], keep);
  const formats = [...pictureExtensions, ".npy"].join(", ");
  throw errors.OUTPUT_UNUSABLE({ path, problem: `it is a file that is there, and -o names a folder, or a result by ${formats}` });
}

/** Errors: `OUTPUT_UNUSABLE`. */
async function makeFolder(path: string): Promise<void> {
  await makeFolders(path).catch((error: unknown) => {
    const cause = memberOf(error, "cause");
    throw errors.OUTPUT_UNUSABLE({ path, problem: cause instanceof Error ? cause.message : String(error) });
  });
}
