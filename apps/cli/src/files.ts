import { readdir, stat } from "node:fs/promises";
import { basename, extname, join, resolve } from "node:path";
import { isPicturePath, leaderErrors } from "leader-restore";
import { errors } from "./error-codes.js";

const isInput = (path: string): boolean => isPicturePath(path) || extname(path).toLowerCase() === ".npy";

/** The files that arguments name: files as they are, folders as the pictures and arrays directly inside, sorted. */
export async function expandInputs(paths: readonly string[]): Promise<readonly string[]> {
  const files: string[] = [];
  for (const path of paths) {
    const info = await stat(path).catch((cause: unknown) => {
      throw leaderErrors.FILE_MISSING({ file: path }, { cause });
    });
    if (!info.isDirectory()) {
      files.push(path);
      continue;
    }
    const inside = (await readdir(path)).filter((name) => !name.startsWith(".") && isInput(name)).sort();
    if (inside.length === 0) throw errors.NO_INPUT({ path });
    files.push(...inside.map((name) => join(path, name)));
  }
  return files;
}

/** Where each input's result goes; checked against inputs, each other and what exists before any work is done. */
export async function planOutputs(
  inputs: readonly string[],
  options: {
    readonly output: string | undefined;
    readonly suffix: string;
    readonly extension: (input: string) => string;
    readonly overwrite: boolean;
  },
): Promise<ReadonlyMap<string, string>> {
  const single = options.output !== undefined && isInput(options.output);
  if (single && inputs.length > 1) {
    throw errors.USAGE({ problem: `-o names one file, but there are ${inputs.length} inputs`, hint: "let -o name a folder" });
  }
  const plan = new Map(inputs.map((input) => [input, single ? options.output : join(options.output ?? ".", outputName(input, options))]));
  const taken = new Map<string, string[]>();
  for (const [input, output] of plan) taken.set(resolve(output), [...(taken.get(resolve(output)) ?? []), input]);
  for (const [output, from] of taken) if (from.length > 1) throw errors.OUTPUT_TAKEN({ path: output, inputs: from });
  for (const input of inputs) if (taken.has(resolve(input))) throw errors.OUTPUT_IS_INPUT({ path: input });
  if (!options.overwrite) {
    for (const output of plan.values()) {
      if ((await stat(output).catch(() => undefined)) !== undefined) throw errors.OUTPUT_EXISTS({ path: output });
    }
  }
  return plan;
}

const outputName = (input: string, options: { readonly suffix: string; readonly extension: (input: string) => string }): string =>
  `${basename(input, extname(input))}.${options.suffix}${options.extension(input)}`;
