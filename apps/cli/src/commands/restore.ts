import { basename, extname, join } from "node:path";
import type { PipelineEvent } from "@leader/core";
import { checkOrdinaryFile, outputWarning } from "leader-restore";
import { exitCodeOf, exitCodes } from "../exit-codes.js";
import { expandInputs } from "../files.js";
import { Interruption } from "../interruption.js";
import { limitsOf, requestOf, wholeNumber, type LimitOptions, type PipelineCommandOptions } from "../options.js";
import { checkKept, planOutputs, sweepFolders } from "../outputs.js";
import { errorRecord, errorText } from "../render/errors.js";
import { makeOutput, type Output } from "../render/output.js";
import { makeProgress, type Progress } from "../render/progress.js";
import type { ReportPlace } from "../report/report-plan.js";
import { totalSeconds } from "../seconds.js";
import { RunEvents } from "../worker/run-events.js";
import type { RestoreFacts, RestoreJob } from "../worker/tasks.js";
import { openWorkplace, type Workplace } from "../worker/workplace.js";

interface RestoreOptions extends PipelineCommandOptions, LimitOptions {
  readonly output: string;
  readonly seed?: string;
  readonly format: string;
  readonly reference?: string;
  readonly report?: string;
  readonly overwrite: boolean;
  readonly inProcess: boolean;
  readonly debugReference: boolean;
}

/** Lines of output that one run turns into warnings. */
const mostOutputWarnings = 20;

/** Restores every input; a failing file does not stop the others. Returns the exit code. */
export async function restore(paths: readonly string[], options: RestoreOptions): Promise<number> {
  using interruption = new Interruption();
  const output = makeOutput(options.json);
  const seed = wholeNumber("--seed", options.seed);
  await checkOrdinaryFile(options.pipeline);
  const inputs = await expandInputs(paths);
  const references = inputs.flatMap((input) => referenceOf(input, options) ?? []);
  const { overwrite, format: extension } = options;
  const keep = [options.pipeline, ...references];
  const plan = await planOutputs(inputs, { output: options.output, suffix: "restored", extension, overwrite, keep });
  const reports = await planReportsOf(inputs, options);
  const set = options.debugReference ? [...options.set, "backend={use: leader#reference}"] : options.set;
  const isolate = !options.inProcess && !options.debugReference;
  const progress = await makeProgress(options.json ? "silent" : process.stderr.isTTY ? "terminal" : "lines");
  await using workplace = openWorkplace({ pipeline: requestOf({ ...options, set }), limits: limitsOf(options), isolate });
  try {
    const { files } = await workplace.do("facts", undefined, { signal: interruption.signal });
    await checkKept([...plan.values()], files);
    const jobs = inputs.map((input, image): RestoreJob => {
      const [reference, report] = [referenceOf(input, options), reports.get(input)];
      return {
        input,
        output: plan.get(input)!,
        overwrite,
        image,
        ...(seed === undefined ? {} : { seed }),
        ...(reference === undefined ? {} : { reference }),
        ...(report === undefined ? {} : { report }),
      };
    });
    return await new Batch(workplace, output, progress, interruption).run(jobs);
  } catch (error) {
    if (interruption.exitCode !== undefined) return interruption.exitCode;
    throw error;
  } finally {
    progress.end();
    await sweepFolders(plan.values());
  }
}

class Batch {
  readonly #workplace: Workplace;
  readonly #output: Output;
  readonly #progress: Progress;
  readonly #interruption: Interruption;

  constructor(workplace: Workplace, output: Output, progress: Progress, interruption: Interruption) {
    this.#workplace = workplace;
    this.#output = output;
    this.#progress = progress;
    this.#interruption = interruption;
  }

  async run(jobs: readonly RestoreJob[]): Promise<number> {
    const failures: unknown[] = [];
    for (const [i, job] of jobs.entries()) {
      this.#progress.begin(basename(job.input), i + 1, jobs.length);
      try {
        this.#report(job, await this.#one(job));
      } catch (error) {
        if (this.#interruption.exitCode !== undefined) return this.#interruption.exitCode;
        failures.push(error);
        this.#progress.say(errorText(error));
        this.#output.record({ ...errorRecord(error), input: job.input });
      }
    }
    if (jobs.length > 1) {
      this.#output.record({ type: "batch", restored: jobs.length - failures.length, failed: failures.length });
      this.#output.text(`${jobs.length - failures.length} restored, ${failures.length} failed`);
    }
    if (failures.length === 0) return exitCodes.ok;
    return failures.length === jobs.length ? exitCodeOf(failures[0]) : exitCodes.someFailed;
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

  #report({ input, output }: RestoreJob, { page, psnr, ...facts }: RestoreFacts): void {
    this.#output.record({ type: "result", input, output, ...facts, ...(psnr === undefined ? {} : { psnr }) });
    const dB = psnr === undefined ? "" : `, ${psnr.toFixed(2)} dB`;
    const { evaluations, seconds, outcome, reason } = facts;
    const end = outcome === "completed" ? "" : ` (${outcome}: ${reason})`;
    this.#output.text(`${output}: ${evaluations} evaluations, ${totalSeconds(seconds).toFixed(1)} s${dB}${end}`);
    if (page === undefined) return;
    this.#output.record({ type: "report", input, page });
    this.#output.text(`${page}: report`);
  }
}

function referenceOf(input: string, { reference }: Pick<RestoreOptions, "reference">): string | undefined {
  return reference !== undefined && extname(reference) === "" ? join(reference, basename(input)) : reference;
}

// What makes reports is loaded only where one is wanted.
const planReportsOf = async (
  inputs: readonly string[],
  { report, overwrite }: RestoreOptions,
): Promise<ReadonlyMap<string, ReportPlace>> =>
  report === undefined
    ? new Map<string, ReportPlace>()
    : await (await import("../report/report-plan.js")).planReports(report, inputs, overwrite);
