import type { SessionLimits } from "leader-restore";
import { errors } from "./error-codes.js";
import type { PipelineRequest, RecordPlace } from "./worker/tasks.js";
import { defined } from "@leader/graph/records";

/** Options that every command on a pipeline has. */
export interface PipelineCommandOptions {
  readonly pipeline: string;
  readonly set: readonly string[];
  /** `name=value` */
  readonly param: readonly string[];
  readonly json: boolean;
  /** `--no-local-plugins` */
  readonly localPlugins: boolean;
  readonly locked?: boolean;
}

/** Options of the commands that compute. */
export interface LimitOptions {
  readonly maxMemory?: string;
  readonly maxSeconds?: string;
}

/** The limits of the working process. */
export function limitsOf({ maxMemory, maxSeconds }: LimitOptions): SessionLimits {
  const memoryMiB = mebibytes("--max-memory", maxMemory);
  const seconds = wholeNumber("--max-seconds", maxSeconds, 1);
  return defined({ memoryMiB, seconds });
}

/** The pipeline that the working process sets up. */
export const requestOf = (
  {
    pipeline,
    text,
    set,
    param,
    localPlugins,
    locked,
    maxMemory,
  }: Omit<PipelineCommandOptions, "json"> & LimitOptions & { readonly text?: string },
  load = true,
): PipelineRequest => ({
  file: pipeline,
  ...defined({ text, locked, memoryMiB: mebibytes("--max-memory", maxMemory) }),
  set,
  params: paramsOf(param),
  localPlugins,
  load,
});

/** What `restore` changes of a pipeline by its options, in the form of `--set`. Errors: `USAGE`. */
export function changesOf({
  set,
  samples: given,
  debugReference,
}: {
  readonly set: readonly string[];
  readonly samples?: string;
  readonly debugReference: boolean;
}): readonly string[] {
  const samples = wholeNumber("--samples", given, 1);
  return [...set, ...(samples === undefined ? [] : [`samples=${samples}`]), ...(debugReference ? ["backend={use: leader#reference}"] : [])];
}

/** Params from the command line, `name=value` each, or a usage error. The last of a name counts. */
export function paramsOf(texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf("=");
      if (at < 1) throw errors.USAGE({ problem: `--param takes name=value, received \`${text}\``, hint: "for example --param factor=2" });
      return [text.slice(0, at), text.slice(at + 1)] as const;
    }),
  );
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

/** An amount of memory in MiB: `800`, `800M`, `1.5G`, or a usage error that names the option. */
export function mebibytes(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d+(?:\.\d+)?)\s*(?:([MG])i?B?)?$/iu.exec(text.trim());
  const value = Math.round(Number(match?.[1]) * (match?.[2]?.toUpperCase() === "G" ? 1024 : 1));
  if (match === null || value < 1) {
    throw errors.USAGE({
      problem: `${option} takes an amount of memory, received \`${text}\``,
      hint: `for example ${option} 800 (MiB) or ${option} 1.5G`,
    });
  }
  return value;
}

/** Sides of parts from the command line: `auto`, `off` or pixels, or a usage error. */
export function partsOption(text: string | undefined): number | "auto" | "off" | undefined {
  return text === undefined || text === "auto" || text === "off" ? text : wholeNumber("--parts", text, 64);
}

/** Where records are kept, from the command line, or a usage error. */
export function recordPlace(text: string | undefined): RecordPlace | undefined {
  if (text === undefined || text === "inside" || text === "beside" || text === "none") return text;
  throw errors.USAGE({ problem: `--record takes inside, beside or none, received \`${text}\``, hint: "for example --record beside" });
}

/** `LOW..HIGH`, two numbers of which the second is larger, or a usage error. */
export function valueRange(text: string): readonly [low: number, high: number] {
  const [low, high, ...others] = text.split("..").map((part) => (part.trim() === "" ? NaN : Number(part)));
  if (others.length > 0 || !(low! < high!) || !Number.isFinite(low) || !Number.isFinite(high)) {
    throw errors.USAGE({ problem: `--range takes LOW..HIGH, received \`${text}\``, hint: "for example --range 0..255" });
  }
  return [low!, high!];
}
