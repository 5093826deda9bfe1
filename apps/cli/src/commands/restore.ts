import { basename } from "node:path";
import type { PipelineEvent } from "@leader/core";
import { checkOrdinaryFile, noiseInWords, outputWarning } from "leader-restore/supervision";
import type { EngineOptions } from "../engines/compute.js";
import { errors } from "../error-codes.js";
import { exitCodeOf, exitCodes } from "../exit-codes.js";
import {
  chooseInputs,
  doneRow,
  keyJobs,
  otherRow,
  prepareBeside,
  writeSummary,
  type ChosenInputs,
  type FolderOptions,
  type KeyedJob,
  type SummaryRow,
} from "../folders.js";
import { removeInterim } from "../interim.js";
import { Interruption } from "../interruption.js";
import type { Journal } from "../journal.js";
import {
  changesOf,
  limitsOf,
  partsOption,
  recordPlace,
  requestOf,
  valueRange,
  wholeNumber,
  type LimitOptions,
  type PipelineCommandOptions,
} from "../options.js";
import { checkKept, outputRoot, planOutputs, prepareFolder, sweepAfterwards } from "../outputs.js";
import { printPipeline } from "../print-pipeline.js";
import { findReferences } from "../references.js";
import { errorRecord, errorText } from "../render/errors.js";
import { makeOutput, type Output } from "../render/output.js";
import { makeProgress, type Progress } from "../render/progress.js";
import type { ReportPlace } from "../report/report-plan.js";
import { checkSamples } from "../sample-names.js";
import { totalSeconds } from "../seconds.js";
import { spreadText } from "../spread-text.js";
import { RunEvents } from "../worker/run-events.js";
import type { RestoreFacts, RestoreJob } from "../worker/tasks.js";
import { openWorkplace, type Workplace } from "../worker/workplace.js";
import { defined } from "@leader/graph/records";

export interface RestoreOptions extends PipelineCommandOptions, LimitOptions, FolderOptions, EngineOptions {
  readonly output: string;
  readonly seed?: string;
  readonly samples?: string;
  readonly format?: string;
  readonly reference?: string;
  readonly report?: string;
  readonly overwrite: boolean;
  readonly inProcess: boolean;
  readonly debugReference: boolean;
  readonly printPipeline?: boolean;
  /** `--image-index` */
  readonly imageIndex: boolean;
  readonly range?: string;
  readonly parts?: string;
  readonly strip: boolean;
  readonly restoreAlpha?: boolean;
  readonly fileQuality?: string;
  readonly record?: string;
  /** The pipeline itself, where a task made it. */
  readonly text?: string;
  /** The inputs, where a task has found them. */
  readonly chosen?: ChosenInputs;
  /** The summary of inputs before these; grows. */
  readonly rows?: SummaryRow[];
}

/** Lines of output that one run turns into warnings. */
const mostOutputWarnings = 20;

/** Restores every input; a failing file does not stop the others. Returns the exit code. */
export async function restore(paths: readonly string[], options: RestoreOptions): Promise<number> {
  using interruption = new Interruption();
  const output = makeOutput(options.json);
  const seed = wholeNumber("--seed", options.seed);
  if (options.text === undefined) await checkOrdinaryFile(options.pipeline);
  if (options.printPipeline === true) return await printOnly(options, output, interruption.signal);
  const chosen = options.chosen ?? (await chooseInputs(paths, options, sayTo(options.json)));
  if (options.engine !== undefined) return await divide(options, chosen, interruption);
  const { journal } = chosen;
  const inputs = chosen.inputs.map(({ path }) => path);
  const references = await findReferences(inputs, options.reference);
  const keep = [...(options.text === undefined ? [options.pipeline] : []), ...references.values()];
  const plan = await planOutputs(inputs, {
    output: options.output,
    suffix: "restored",
    extension: options.format,
    usual: "png",
    // What the journal does not know is refused once the settings are known.
    overwrite: options.overwrite || journal !== undefined,
    keep,
    below: new Map(chosen.inputs.map(({ path, below }) => [path, below])),
  });
  const summary = await prepareBeside([...plan.values()], options, [...inputs, ...keep]);
  const jobOptions = jobOptionsOf(options);
  const reports = await planReportsOf(inputs, options);
  const set = changesOf(options);
  const isolate = !options.inProcess && !options.debugReference;
  const progress = await makeProgress(options.json ? "silent" : process.stderr.isTTY ? "terminal" : "lines");
  await using _swept = sweepAfterwards([...plan.values()]);
  await using workplace = openWorkplace({ pipeline: requestOf({ ...options, set }), limits: limitsOf(options), isolate });
  try {
    const facts = await workplace.do("facts", undefined, { signal: interruption.signal });
    await checkKept([...plan.values(), ...summary], facts.files);
    const jobs = chosen.inputs.map(({ path: input, index: image }): RestoreJob => {
      const [reference, report] = [references.get(input), reports.get(input)];
      return {
        input,
        output: plan.get(input)!,
        overwrite: options.overwrite,
        ...jobOptions,
        ...(options.imageIndex ? { image } : {}),
        ...(facts.samples === 1 ? {} : { samples: facts.samples }),
        ...defined({ seed, reference, report }),
      };
    });
    const keyed = await keyJobs(jobs, journal, facts, options.pipeline, jobOptions);
    await checkSamples(keyed, facts.samples, [...inputs, ...keep, ...facts.files, ...plan.values()]);
    const rows = options.rows ?? [];
    const code = await new Batch(workplace, output, progress, interruption, facts.noise === "auto", journal, rows).run(keyed);
    await writeSummary(options, rows);
    return code;
  } catch (error) {
    if (interruption.exitCode !== undefined) return interruption.exitCode;
    throw error;
  } finally {
    progress.end();
  }
}

async function printOnly(options: RestoreOptions, output: Output, signal: AbortSignal): Promise<number> {
  await using workplace = openWorkplace({ pipeline: requestOf(options, false) });
  return await printPipeline(workplace, output, signal);
}

/** Gives a folder to an engine; the journal of its results tells the parts what is done. Errors: `USAGE`, those of the engine. */
async function divide(options: RestoreOptions, { inputs, journal }: ChosenInputs, interruption: Interruption): Promise<number> {
  const refuse = (problem: string, hint: string): never => {
    throw errors.USAGE({ problem, hint });
  };
  if (journal === undefined)
    refuse("--engine takes folders, without --report and --reference", "parts go on by the journal that folders have");
  if (options.summary !== undefined) refuse("--engine and --summary exclude each other", "a summary is of one process: leave it out");
  const folder = outputRoot(options.output);
  await prepareFolder(folder);
  const { compute } = await import("../engines/compute.js");
  return (await compute(options, { units: inputs.length, output: folder }, interruption)) ?? exitCodes.ok;
}

class Batch {
  readonly #workplace: Workplace;
  readonly #output: Output;
  readonly #progress: Progress;
  readonly #interruption: Interruption;
  /** The noise of each picture is estimated, and so worth telling. */
  readonly #estimated: boolean;
  readonly #journal: Journal | undefined;
  readonly #rows: SummaryRow[];

  constructor(
    workplace: Workplace,
    output: Output,
    progress: Progress,
    interruption: Interruption,
    estimated: boolean,
    journal: Journal | undefined,
    rows: SummaryRow[],
  ) {
    this.#journal = journal;
    this.#rows = rows;
    this.#estimated = estimated;
    this.#workplace = workplace;
    this.#output = output;
    this.#progress = progress;
    this.#interruption = interruption;
  }

  async run(keyed: readonly KeyedJob[]): Promise<number> {
    const failures: unknown[] = [];
    const jobs = keyed.filter(({ done }) => !done);
    const skipped = keyed.filter(({ done }) => done);
    for (const { job } of skipped) {
      this.#rows.push(otherRow(job, "skipped"));
      // A kill may have come between the result and this.
      await removeInterim(job.output);
    }
    const started = performance.now();
    for (const [i, { job, key }] of jobs.entries()) {
      if (this.#interruption.finishing) return this.#leave(jobs.length - i);
      this.#progress.begin(basename(job.input), i + 1, jobs.length, i === 0 ? undefined : performance.now() - started);
      try {
        if (key !== undefined) await this.#journal?.begin(key, job.output);
        const facts = await this.#one(job);
        if (key !== undefined) await this.#journal?.finish(key, job.output);
        this.#rows.push(doneRow(job, facts));
        this.#report(job, facts);
      } catch (error) {
        if (this.#interruption.exitCode !== undefined) return this.#interruption.exitCode;
        failures.push(error);
        this.#rows.push(otherRow(job, "failed", error));
        this.#progress.say(errorText(error));
        this.#output.record({ ...errorRecord(error), input: job.input });
      }
    }
    if (keyed.length !== 1 || skipped.length > 0) {
      const restored = jobs.length - failures.length;
      const there = skipped.length === 0 ? "" : `, ${skipped.length} done before`;
      this.#output.record({ type: "batch", restored, failed: failures.length, ...(there === "" ? {} : { skipped: skipped.length }) });
      this.#output.text(
        jobs.length === 0 && skipped.length > 0 ? `nothing to do${there}` : `${restored} restored, ${failures.length} failed${there}`,
      );
    }
    if (failures.length === 0) return exitCodes.ok;
    return failures.length === keyed.length ? exitCodeOf(failures[0]) : exitCodes.someFailed;
  }

  /** Ends a batch early, as it was asked to. */
  #leave(left: number): number {
    this.#output.record({ type: "batch", left });
    this.#output.text(`${left} left for the next start`);
    return exitCodes.temporary;
  }

  async #one(job: RestoreJob): Promise<RestoreFacts> {
    const events = new RunEvents((event) => this.#event(event));
    let lines = 0;
    try {
      return await this.#workplace.do("restore", job, {
        signal: this.#interruption.signal,
        onEvent: (event) => events.see(event as PipelineEvent),
        onOutput: (stream, line) => {
          if (lines++ < mostOutputWarnings) events.add(outputWarning(stream, line));
        },
      });
    } catch (error) {
      events.end(this.#interruption.exitCode === undefined ? "failed" : "aborted", error);
      throw error;
    }
  }

  #event(event: PipelineEvent): void {
    this.#progress.event(event);
    this.#output.record(event);
  }

  #report({ input, output }: RestoreJob, { page, psnr, made: _inTheFile, ...facts }: RestoreFacts): void {
    this.#output.record({ type: "result", input, output, ...facts, ...defined({ psnr }) });
    const dB = psnr === undefined ? "" : `, ${psnr.toFixed(2)} dB`;
    const { evaluations, seconds, outcome, reason } = facts;
    const told = [
      ...(this.#estimated ? [`noise ${noiseInWords(facts.noise)}`] : []),
      ...(facts.missing > 0 ? [`${(100 * facts.missing).toFixed(1)} % of the pixels filled`] : []),
      ...(facts.spread === undefined ? [] : [spreadText(facts.spread)]),
      ...facts.notes,
    ];
    const end = outcome === "completed" ? "" : ` (${outcome}: ${reason})`;
    this.#output.text(
      `${output}: ${evaluations} ${evaluations === 1 ? "evaluation" : "evaluations"}, ${totalSeconds(seconds).toFixed(1)} s${dB}${end}${told.map((note) => `; ${note}`).join("")}`,
    );
    if (page === undefined) return;
    this.#output.record({ type: "report", input, page });
    this.#output.text(`${page}: report`);
  }
}

/** Tells what is no result: to standard error, and not beside JSON. */
export const sayTo =
  (json: boolean) =>
  (line: string): void => {
    if (!json) process.stderr.write(`${line}\n`);
  };

/** What every job of the command has alike. */
function jobOptionsOf({ range, strip, restoreAlpha, fileQuality, record, parts: given }: RestoreOptions): Partial<RestoreJob> {
  const quality = wholeNumber("--file-quality", fileQuality, 1);
  return {
    strip,
    ...(restoreAlpha === true ? { restoreAlpha } : {}),
    ...(range === undefined ? {} : { range: valueRange(range) }),
    ...(quality === undefined ? {} : { fileQuality: Math.min(100, quality) }),
    ...defined({ parts: partsOption(given), record: recordPlace(record) }),
  };
}

// What makes reports is loaded only where one is wanted.
const planReportsOf = async (
  inputs: readonly string[],
  { report, overwrite }: RestoreOptions,
): Promise<ReadonlyMap<string, ReportPlace>> =>
  report === undefined
    ? new Map<string, ReportPlace>()
    : await (await import("../report/report-plan.js")).planReports(report, inputs, overwrite);
