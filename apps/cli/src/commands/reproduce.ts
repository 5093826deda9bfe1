import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import type { PipelineEvent } from "@leader/core";
import { defined } from "@leader/graph/records";
import { checkOrdinaryFile, differencesOfResults, differenceText, type Difference } from "leader-restore/supervision";
import { errors } from "../error-codes.js";
import { exitCodeOf, exitCodes } from "../exit-codes.js";
import { Interruption } from "../interruption.js";
import { limitsOf, requestOf, type LimitOptions } from "../options.js";
import { checkKept, prepareFolder } from "../outputs.js";
import { errorRecord, errorText } from "../render/errors.js";
import { makeOutput, type Output } from "../render/output.js";
import { makeProgress, type Progress } from "../render/progress.js";
import { totalSeconds } from "../seconds.js";
import { RunEvents } from "../worker/run-events.js";
import type { PipelineRequest, RestoreFacts, RestoreJob, SampleDifference, TracedResult } from "../worker/tasks.js";
import { openWorkplace } from "../worker/workplace.js";

export interface ReproduceOptions extends LimitOptions {
  /** The input, where it is not found by its content. */
  readonly input?: string;
  /** In place of the pipeline that is recorded. */
  readonly pipeline?: string;
  readonly set: readonly string[];
  /** Of the pipeline that is given. */
  readonly param: readonly string[];
  /** What paths of the record are relative to. */
  readonly directory: string;
  readonly keep?: string;
  readonly localPlugins: boolean;
  readonly json: boolean;
}

/** What came of making a result again. */
interface Reproduction {
  readonly identical: boolean;
  readonly differences: readonly Difference[];
  readonly samples?: SampleDifference;
  readonly facts: RestoreFacts;
}

/** Makes results again from what they carry, and says whether every bit is the same; returns the exit code. */
export async function reproduce(results: readonly string[], options: ReproduceOptions): Promise<number> {
  using interruption = new Interruption();
  const output = makeOutput(options.json);
  const progress = await makeProgress(options.json ? "silent" : process.stderr.isTTY ? "terminal" : "lines");
  const folder = options.keep ?? (await mkdtemp(join(tmpdir(), "leader-reproduce-")));
  let worst: number = exitCodes.ok;
  try {
    await prepareFolder(folder);
    await checkKept(
      results.map((result) => join(folder, basename(result))),
      results,
    );
    for (const [i, result] of results.entries()) {
      progress.begin(basename(result), i + 1, results.length);
      try {
        const made = await reproduceOne(result, options, { folder, signal: interruption.signal, progress });
        report(output, result, made);
        if (!made.identical) worst = Math.max(worst, exitCodes.someFailed);
      } catch (error) {
        if (interruption.exitCode !== undefined) return interruption.exitCode;
        progress.say(errorText(error));
        output.record({ ...errorRecord(error), result });
        worst = results.length === 1 ? exitCodeOf(error) : Math.max(worst, exitCodes.someFailed);
      }
    }
    return worst;
  } finally {
    progress.end();
    if (options.keep === undefined) await rm(folder, { recursive: true, force: true });
  }
}

interface Around {
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

async function reproduceOne(result: string, options: ReproduceOptions, { folder, signal, progress }: Around): Promise<Reproduction> {
  await checkOrdinaryFile(result);
  const traced = await traceOf(result, options, signal);
  const output = join(folder, basename(result));
  const { input } = traced;
  if (input === undefined) {
    const { integrity, bytes } = traced.record.input;
    throw errors.REPRODUCE_NO_INPUT({ result, integrity, bytes, folders: traced.folders });
  }
  const job = jobOf(traced, input, output);
  await using workplace = openWorkplace({ pipeline: requestFor(traced, options), limits: limitsOf(options) });
  const events = new RunEvents((event) => progress.event(event));
  const facts = await workplace.do("restore", job, { signal, onEvent: (event) => events.see(event as PipelineEvent) });
  const differences = [...inputDifference(traced), ...differencesOfResults(traced.record.made, facts.made)];
  const samples = await workplace.do("difference", [result, output], { signal });
  return { identical: samples === undefined, differences, facts, ...defined({ samples }) };
}

/** In a process of its own: the pipeline is not known before the record is read. */
async function traceOf(result: string, { input, directory }: ReproduceOptions, signal: AbortSignal): Promise<TracedResult> {
  await using reader = openWorkplace({});
  return await reader.do("trace", { result, directory, ...defined({ input }) }, { signal });
}

/** The pipeline of the record, or the one that is given in its place. */
function requestFor({ pipeline: recorded, files }: TracedResult, options: ReproduceOptions): PipelineRequest {
  const { pipeline = join(options.directory, "recorded.yaml"), ...others } = options;
  const text = options.pipeline === undefined ? recorded : undefined;
  return { ...requestOf({ ...others, pipeline, ...defined({ text }) }), files };
}

function jobOf({ record, text, inside }: TracedResult, input: string, output: string): RestoreJob {
  const { handling, made } = record;
  const { quality: fileQuality, range, bitDepth, strip, restoreAlpha } = handling;
  const { image, seed, way } = made;
  return {
    input: resolve(input),
    output,
    overwrite: true,
    image,
    seed,
    recordText: text,
    record: inside ? "inside" : "beside",
    parts: way.parts ?? "off",
    ...defined({ tile: way.tile, fileQuality, range, bitDepth, strip, restoreAlpha }),
  };
}

function inputDifference({ record, mark }: TracedResult): readonly Difference[] {
  if (record.input.integrity === mark.integrity) return [];
  return [{ what: "input", name: "input", before: record.input.integrity, after: mark.integrity }];
}

function report(output: Output, result: string, { identical, differences, samples, facts }: Reproduction): void {
  const { evaluations, seconds } = facts;
  output.record({ type: "reproduction", result, identical, differences, evaluations, ...defined({ samples }) });
  const cost = `${evaluations} evaluations, ${totalSeconds(seconds).toFixed(1)} s`;
  output.text(
    `${result}: ${identical ? `bit-identical${differences.length > 0 ? ", though not all is as it was" : ""}` : apart(samples)} (${cost})`,
  );
  for (const difference of differences) output.text(`  ${differenceText(difference)}`);
  if (!identical && differences.length === 0)
    output.text("  nothing changed that is recorded: the file was edited, or the backend does not repeat its bits");
}

const apart = (samples: SampleDifference | undefined): string =>
  samples === undefined || samples.differing === 0
    ? "the same samples in another file"
    : `differs in ${samples.differing} of ${samples.samples} samples, by at most ${(255 * samples.largest).toFixed(2)} of 255`;
