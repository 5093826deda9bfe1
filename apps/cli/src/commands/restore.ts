import { basename, extname, join } from "node:path";
import type { HostTensor } from "@leader/graph";
import { psnr } from "@leader/metrics";
import {
  loadPipeline,
  readNpy,
  readPicture,
  writeNpy,
  writePicture,
  type Picture,
  type Pipeline,
  type RestoreResult,
  type Session,
} from "leader-restore";
import { bundledOptions } from "../bundled.js";
import { errors } from "../error-codes.js";
import { exitCodeOf, exitCodes } from "../exit-codes.js";
import { expandInputs, planOutputs } from "../files.js";
import { Interruption } from "../interruption.js";
import { wholeNumber, type PipelineCommandOptions } from "../options.js";
import { errorRecord, errorText } from "../render/errors.js";
import { makeOutput, type Output } from "../render/output.js";
import { makeProgress, type Progress } from "../render/progress.js";
import type { ReportPlace } from "../report/report-plan.js";
import type { RunRecorder } from "../report/run-recorder.js";
import { totalSeconds } from "../seconds.js";

interface RestoreOptions extends PipelineCommandOptions {
  readonly output: string;
  readonly seed?: string;
  readonly format: string;
  readonly reference?: string;
  readonly report?: string;
  readonly maxMemory?: string;
  readonly maxSeconds?: string;
  readonly overwrite: boolean;
  readonly inProcess: boolean;
  readonly debugReference: boolean;
}

/** Restores every input; a failing file does not stop the others. Returns the exit code. */
export async function restore(paths: readonly string[], options: RestoreOptions): Promise<number> {
  using interruption = new Interruption();
  const output = makeOutput(options.json);
  const set = options.debugReference ? [...options.set, "backend={use: leader#reference}"] : options.set;
  const pipeline = await loadPipeline(options.pipeline, { ...(await bundledOptions()), set });
  const inputs = await expandInputs(paths);
  const plan = await planOutputs(inputs, {
    output: options.output,
    suffix: "restored",
    extension: () => `.${options.format}`,
    overwrite: options.overwrite,
  });
  const reports = await planReportsOf(inputs, options);
  const progress = await makeProgress(options.json ? "silent" : process.stderr.isTTY ? "terminal" : "lines");
  const batch = new Batch(pipeline, options, output, progress, interruption);
  try {
    return await batch.run(inputs, plan, reports);
  } finally {
    progress.end();
    await batch.close();
  }
}

class Batch {
  readonly #pipeline: Pipeline;
  readonly #options: RestoreOptions;
  readonly #output: Output;
  readonly #progress: Progress;
  readonly #interruption: Interruption;
  #session: Session | undefined;

  constructor(pipeline: Pipeline, options: RestoreOptions, output: Output, progress: Progress, interruption: Interruption) {
    this.#pipeline = pipeline;
    this.#options = options;
    this.#output = output;
    this.#progress = progress;
    this.#interruption = interruption;
  }

  async run(inputs: readonly string[], plan: ReadonlyMap<string, string>, reports: ReadonlyMap<string, ReportPlace>): Promise<number> {
    const failures: unknown[] = [];
    for (const [i, input] of inputs.entries()) {
      this.#progress.begin(basename(input), i + 1, inputs.length);
      try {
        await this.#one(input, plan.get(input)!, i, reports.get(input));
      } catch (error) {
        if (this.#interruption.exitCode !== undefined) return this.#interruption.exitCode;
        failures.push(error);
        this.#progress.say(errorText(error));
        this.#output.record({ ...errorRecord(error), input });
        // The session may be what failed; the next file gets a new one.
        await this.close();
      }
    }
    if (inputs.length > 1) {
      this.#output.record({ type: "batch", restored: inputs.length - failures.length, failed: failures.length });
      this.#output.text(`${inputs.length - failures.length} restored, ${failures.length} failed`);
    }
    if (failures.length === 0) return exitCodes.ok;
    return failures.length === inputs.length ? exitCodeOf(failures[0]) : exitCodes.someFailed;
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.[Symbol.asyncDispose]();
  }

  async #one(input: string, destination: string, number: number, place: ReportPlace | undefined): Promise<void> {
    const measurement = await readMeasurement(this.#pipeline, input);
    const reference = await this.#reference(input);
    const session = await this.#open();
    const seed = wholeNumber("--seed", this.#options.seed);
    const recorder =
      place === undefined
        ? undefined
        : await makeRecorder({ input, pipeline: this.#pipeline, image: number, measurement: measurement.y, reference });
    const run = session.restore(measurement.y, {
      image: number,
      signal: this.#interruption.signal,
      ...(seed === undefined ? {} : { seed }),
      ...(recorder === undefined ? {} : { record: {} }),
    });
    for await (const event of run.events) {
      recorder?.event(event);
      this.#progress.event(event);
      this.#output.record(event);
    }
    const result = await run.result;
    await write(destination, result.image, measurement.picture);
    await this.#report(input, destination, result, reference);
    if (recorder === undefined || place === undefined) return;
    const { writeReport } = await import("../report/report-plan.js");
    const page = await writeReport(place, await recorder.finish(result));
    this.#output.record({ type: "report", input, page });
    this.#output.text(`${page}: report`);
  }

  async #report(input: string, destination: string, result: RestoreResult, reference: HostTensor | undefined): Promise<void> {
    const quality = reference === undefined ? {} : { psnr: await psnr().measure(result.image, reference) };
    const { outcome, reason, evaluations, seconds, peakMemoryMiB, backend } = result;
    this.#output.record({
      type: "result",
      input,
      output: destination,
      outcome,
      reason,
      evaluations,
      seconds,
      peakMemoryMiB,
      backend,
      ...quality,
    });
    const dB = quality.psnr === undefined ? "" : `, ${quality.psnr.toFixed(2)} dB`;
    this.#output.text(
      `${destination}: ${evaluations} evaluations, ${totalSeconds(seconds).toFixed(1)} s${dB}${outcome === "completed" ? "" : ` (${outcome}: ${reason})`}`,
    );
  }

  async #open(): Promise<Session> {
    const { inProcess, debugReference, maxMemory, maxSeconds } = this.#options;
    const memoryMiB = wholeNumber("--max-memory", maxMemory, 1);
    const seconds = wholeNumber("--max-seconds", maxSeconds, 1);
    const limits = { ...(memoryMiB === undefined ? {} : { memoryMiB }), ...(seconds === undefined ? {} : { seconds }) };
    this.#session ??= await this.#pipeline.open({ isolate: !inProcess && !debugReference, limits });
    return this.#session;
  }

  async #reference(input: string): Promise<HostTensor | undefined> {
    const { reference } = this.#options;
    if (reference === undefined) return undefined;
    const path = extname(reference) === "" ? join(reference, basename(input)) : reference;
    return (await readPicture(path)).tensor;
  }
}

// What makes reports is loaded only where one is wanted.
const planReportsOf = async (
  inputs: readonly string[],
  { report, overwrite }: RestoreOptions,
): Promise<ReadonlyMap<string, ReportPlace>> =>
  report === undefined
    ? new Map<string, ReportPlace>()
    : await (await import("../report/report-plan.js")).planReports(report, inputs, overwrite);

const makeRecorder = async (inputs: ConstructorParameters<typeof RunRecorder>[0]): Promise<RunRecorder> =>
  new (await import("../report/run-recorder.js")).RunRecorder(inputs);

/** A measurement from a picture or a `.npy` file. */
async function readMeasurement(pipeline: Pipeline, input: string): Promise<{ readonly y: HostTensor; readonly picture?: Picture }> {
  if (extname(input).toLowerCase() === ".npy") {
    const stored = await readNpy(input);
    // One image may be stored without its batch axis.
    const y = stored.shape.length === 3 || stored.shape.length === 2 ? { ...stored, shape: [1, ...stored.shape] } : stored;
    return { y };
  }
  const picture = await readPicture(input);
  return { y: await pipeline.measurementFromPicture(picture.tensor), picture };
}

async function write(destination: string, image: HostTensor, source: Picture | undefined): Promise<void> {
  if (extname(destination).toLowerCase() === ".npy") {
    await writeNpy(destination, image);
    return;
  }
  if (image.shape[1] !== 1 && image.shape[1] !== 3) throw errors.NOT_A_PICTURE({ path: destination, shape: image.shape });
  await writePicture(destination, image, {
    bitDepth: source?.bitDepth ?? 8,
    ...(source?.alpha === undefined ? {} : { alpha: source.alpha }),
  });
}
