import { join } from "node:path";
import { defined, isLeaderError, Once, type HostTensor } from "@leader/graph";
import {
  createPipeline,
  readNpy,
  readPicture,
  visibleSamples,
  writeNpy,
  type PipelineOptions,
  type RestoreOptions,
  type RestoreResult,
  type Session,
  type SessionLimits,
} from "leader-restore";
import { makeFolders } from "leader-restore/supervision";
import { errors } from "../error-codes.js";
import { withSigns } from "../telling/signs-of-life.js";
import type { Ways } from "../telling/ways.js";
import type { Bench } from "./bench-file.js";
import { centreCrop } from "./crop.js";
import { failedUnit, headOf } from "./failed-unit.js";
import type { MetricSet, Restored } from "./metric-set.js";
import type { Combination } from "./pipelines.js";
import { referenceMethods } from "./plan.js";
import { numberOfSample, SampleMean } from "./sample-mean.js";
import { TrajectoryRecorder } from "./trajectory.js";
import type { Unit, UnitRecord, UnitSuccess } from "./unit.js";

/** What computing units needs. */
export interface RunContext {
  readonly bench: Bench;
  readonly units: readonly Unit[];
  readonly metrics: MetricSet;
  readonly output: string;
  readonly options: PipelineOptions;
  /** Of the process that restores. */
  readonly limits: SessionLimits;
}

/** Computes the units of one method on one task: what restores is one process, so that all but the first find it warm. */
export class UnitRunner {
  readonly combination: Combination;
  readonly #context: RunContext;
  #session: Session | undefined;
  #warm = false;
  /** The same without noise. */
  readonly #projection = new Once(() => {
    const { bench, options } = this.#context;
    return createPipeline({ ...this.combination.object, noise: 0 }, { ...options, directory: bench.directory });
  });

  constructor(context: RunContext, combination: Combination) {
    this.#context = context;
    this.combination = combination;
  }

  /** What came of a unit, also if it failed. Errors: `RUN_CANCELLED`, `FILE_NOT_WRITTEN`; then nothing is known about the unit. */
  async record(unit: Unit, ways: Ways): Promise<UnitRecord> {
    try {
      return await this.#compute(unit, ways);
    } catch (error) {
      // A full disk says nothing about the unit: were it recorded, there being room again, the unit would have failed for good.
      if (ways.signal?.aborted === true || isNotWritten(error)) throw error;
      // The session may be what failed; the next unit gets a new one.
      await this.close();
      return failedUnit(unit, error);
    }
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    this.#warm = false;
    await session?.[Symbol.asyncDispose]();
  }

  async #compute(unit: Unit, ways: Ways): Promise<UnitSuccess> {
    const { bench, metrics } = this.#context;
    const { pipeline, task } = this.combination;
    const { seed, number } = unit;
    const reference = centreCrop(visibleSamples(await readPicture(unit.path)), bench.file.images.size, unit.path);
    const y = await pipeline.degrade(reference, { seed, image: number });
    const warm = this.#warm;
    const recorder = bench.file.trajectory === undefined ? undefined : new TrajectoryRecorder(reference);
    const result = await withSigns(ways.emit, "restoring", () => this.#restore(y, unit, recorder, ways));
    this.#warm = true;
    requireFinite(result.image);
    await this.#keep(unit, result.image);
    const restored: Restored = {
      image: result.image,
      reference,
      y,
      frames: result.frames ?? [],
      project: (x) => this.#project(x),
      resultOf: (method) => this.#resultOf(method, task, unit),
    };
    const { evaluations, outcome, seconds, peakMemoryMiB, backend } = result;
    return {
      ...headOf(unit),
      status: "ok",
      metrics: await metrics.measure(restored),
      evaluations,
      outcome,
      ...defined({ trajectory: recorder?.points }),
      seconds,
      warm,
      peakMemoryMiB,
      backend,
    };
  }

  /** One restoration, or the mean of several. */
  async #restore(y: HostTensor, unit: Unit, recorder: TrajectoryRecorder | undefined, ways: Ways): Promise<RestoreResult> {
    const { samples } = this.combination.pipeline.config;
    if (samples === undefined) return await this.#sample(y, unit, this.#context.metrics.record, recorder, ways);
    const mean = new SampleMean();
    for (let k = 0; k < samples; k++)
      mean.add(await this.#sample(y, unit, { image: numberOfSample(unit.number, k) }, k === 0 ? recorder : undefined, ways));
    return mean.finish();
  }

  /** @param options other than usual: the number of the picture, by which its noise is drawn, and what is recorded */
  async #sample(
    y: HostTensor,
    { seed, number }: Unit,
    options: Pick<RestoreOptions, "image" | "record">,
    recorder: TrajectoryRecorder | undefined,
    { signal }: Ways,
  ): Promise<RestoreResult> {
    const { limits } = this.#context;
    this.#session ??= await this.combination.pipeline.open({ limits });
    const previewEvery = recorder && 1;
    const run = this.#session.restore(y, { seed, image: number, ...options, ...defined({ signal, previewEvery }) });
    for await (const event of run.events) await recorder?.see(event);
    return await run.result;
  }

  /** A x without noise. */
  async #project(x: HostTensor): Promise<HostTensor> {
    return await (await this.#projection.get()).degrade(x, { seed: 0 });
  }

  /** Keeps results that others are compared with. */
  async #keep(unit: Unit, image: HostTensor): Promise<void> {
    if (!referenceMethods(this.#context.bench).has(unit.method)) return;
    await makeFolders(join(this.#context.output, "results"));
    await writeNpy(this.#resultPath(unit), image);
  }

  async #resultOf(method: string, task: string, unit: Unit): Promise<HostTensor> {
    const other = this.#context.units.find((u) => u.method === method && u.task === task && u.cell === unit.cell);
    if (other === undefined) throw errors.BENCH_NO_RESULT({ method, task });
    return await readNpy(this.#resultPath(other)).catch((cause: unknown) => {
      throw errors.BENCH_NO_RESULT({ method, task }, { cause });
    });
  }

  #resultPath(unit: Unit): string {
    return join(this.#context.output, "results", `${unit.id}.npy`);
  }
}

const isNotWritten = (error: unknown): boolean => isLeaderError(error) && error.code === "LEADER_FILE_NOT_WRITTEN";

/** A result with holes would be measured as a number like any other. */
function requireFinite({ data }: HostTensor): void {
  const at = data.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw errors.BENCH_NOT_FINITE({ element: at, value: String(data[at]) });
}
