import { stat } from "node:fs/promises";
import { join } from "node:path";
import { recordFileOf, writeFileAtomically } from "leader-restore/supervision";
import { errors } from "./error-codes.js";
import { findInputs, isArray, passedOverText, type FoundInput } from "./files.js";
import { Breath } from "./gently.js";
import { Journal, resultKey, settingsHash } from "./journal.js";
import { checkKept, outputRoot, prepareFiles } from "./outputs.js";
import { errorRecord } from "./render/errors.js";
import { totalSeconds } from "./seconds.js";
import { samplesThere } from "./sample-names.js";
import { shardOf } from "./shard.js";
import type { PipelineFacts, RestoreFacts, RestoreJob } from "./worker/tasks.js";

/** Options of the commands that restore folders. */
export interface FolderOptions {
  readonly output: string;
  readonly recursive?: boolean;
  readonly shard?: string;
  /** `true`: `summary.json` in the folder of the results, of a shard `summary.2-of-4.json`. */
  readonly summary?: string | true;
  readonly overwrite: boolean;
  readonly report?: string;
  readonly reference?: string;
}

/** The inputs of a command with the journal of their results, where it keeps one. */
export interface ChosenInputs {
  /** With the place among all inputs, also those of other shards. */
  readonly inputs: readonly (FoundInput & { readonly index: number })[];
  readonly journal: Journal | undefined;
}

/**
 * Finds the inputs, without results of earlier runs among them, and takes the part that `--shard` names. Folders have a journal, unless
 * reports or figures are asked for, which every run makes. `say` is told what was passed over.
 */
export async function chooseInputs(paths: readonly string[], options: FolderOptions, say: (line: string) => void): Promise<ChosenInputs> {
  const { inputs, passedOver } = await findInputs(paths, options.recursive === true);
  const text = passedOverText(passedOver);
  if (text !== undefined) say(text);
  const kept = inputs.some(({ inFolder }) => inFolder) && options.report === undefined && options.reference === undefined;
  const journal = kept ? await Journal.open(outputRoot(options.output)) : undefined;
  const { index, count } = shardOf(options.shard);
  const [chosen, breath]: [ChosenInputs["inputs"][number][], Breath] = [[], new Breath()];
  let place = 0;
  for (const input of inputs) {
    await breath.take();
    if (input.inFolder && journal?.names(input.path) === true) continue;
    if (place % count === index) chosen.push({ ...input, index: place });
    place++;
  }
  return { inputs: chosen, journal };
}

/** A job with the key of its result in the journal, and whether there is nothing to do. */
export interface KeyedJob {
  readonly job: RestoreJob;
  readonly key?: string;
  readonly done: boolean;
}

/** Compares the jobs with the journal. Errors: `OUTPUT_EXISTS` for results that it does not know. */
export async function keyJobs(
  jobs: readonly RestoreJob[],
  journal: Journal | undefined,
  facts: PipelineFacts,
  pipeline: string,
  options: Partial<RestoreJob>,
): Promise<readonly KeyedJob[]> {
  if (journal === undefined) return jobs.map((job) => ({ job, done: false }));
  const settings = await settingsHash(facts, pipeline, options);
  const keyed: KeyedJob[] = [];
  for (const job of jobs) {
    const { output, overwrite } = job;
    const key = await resultKey(settings, job, job.seed ?? facts.seed);
    const begun = journal.wasBegun(key, output);
    const exists = (await stat(output).catch(() => undefined)) !== undefined;
    if (exists && !overwrite && !begun) throw errors.OUTPUT_EXISTS({ path: output });
    const done = !overwrite && (await journal.isDone(key, output)) && (await samplesThere(output, facts.samples));
    keyed.push({ job: { ...job, overwrite: overwrite || begun }, key, done });
  }
  return keyed;
}

/** What the summary says of an input. */
export interface SummaryRow {
  readonly input: string;
  readonly output: string;
  /** How the run ended, `skipped` for a result that was there, or `failed`. */
  readonly outcome: string;
  readonly evaluations: number;
  readonly seconds: number;
  readonly error?: string;
}

export const doneRow = ({ input, output }: RestoreJob, { outcome, evaluations, seconds }: RestoreFacts): SummaryRow => ({
  input,
  output,
  outcome,
  evaluations,
  seconds: totalSeconds(seconds),
});

export const otherRow = ({ input, output }: RestoreJob, outcome: "skipped" | "failed", error?: unknown): SummaryRow => ({
  input,
  output,
  outcome,
  evaluations: 0,
  seconds: 0,
  ...(error === undefined ? {} : { error: String(errorRecord(error)["code"]) }),
});

/**
 * Sees that what is written beside results, their records and a summary, can be written and replaces nothing that is kept.
 * @returns the summary, if one is asked for. Errors: `OUTPUT_IS_INPUT`, `OUTPUT_UNUSABLE`.
 */
export async function prepareBeside(
  results: readonly string[],
  options: FolderOptions & { readonly record?: string; readonly strip: boolean },
  keep: readonly string[],
): Promise<readonly string[]> {
  const summary = summaryPaths(options);
  await checkKept(summary, [...keep, ...results]);
  const { record = options.strip ? "none" : "inside" } = options;
  const apart = record === "none" ? [] : results.filter((path) => record === "beside" || isArray(path));
  await prepareFiles([...summary, ...apart.map(recordFileOf)]);
  return summary;
}

/** Shards share the folder of the results, so each has a summary of its own there. */
function summaryPaths({ summary, output, shard }: FolderOptions): readonly string[] {
  if (summary === undefined) return [];
  const { index, count } = shardOf(shard);
  const name = shard === undefined ? "summary.json" : `summary.${index + 1}-of-${count}.json`;
  return [summary === true ? join(outputRoot(output), name) : summary];
}

export async function writeSummary(options: FolderOptions, rows: readonly SummaryRow[]): Promise<void> {
  for (const path of summaryPaths(options)) await writeFileAtomically(path, `${JSON.stringify({ files: rows }, undefined, 2)}\n`);
}
