import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { defined, type HostTensor } from "@leader/graph";
import { isLeaderError } from "@leader/graph/errors";
import { createPipeline, readNpy, readPicture, writeNpy, type Pipeline, type PipelineOptions, type Session } from "leader-restore";
import { errors } from "../error-codes.js";
import { exitCodeOf, exitCodes } from "../exit-codes.js";
import type { Interruption } from "../interruption.js";
import type { Bench } from "./bench-file.js";
import { centreCrop } from "./crop.js";
import type { MetricSet, Restored } from "./metric-set.js";
import type { Combination } from "./pipelines.js";
import { referenceMethods } from "./plan.js";
import { TrajectoryRecorder } from "./trajectory.js";
import type { Unit, UnitFailure, UnitRecord, UnitStore, UnitSuccess } from "./unit.js";

/** What computing units needs. */
export interface RunContext {
  readonly bench: Bench;
  readonly units: readonly Unit[];
  readonly metrics: MetricSet;
  readonly store: UnitStore;
  readonly output: string;
  readonly options: PipelineOptions;
  readonly interruption: Pick<Interruption, "signal" | "finishing">;
  /** Called after each unit, with its record on the disk. */
  done(record: UnitRecord): void;
}

/** Computes the units of one method on one task in one process; a unit that fails is recorded, and the next one begins. */
export async function runCombination(context: RunContext, combination: Combination, pending: readonly Unit[]): Promise<void> {
  const runner = new Runner(context, combination);
  try {
    for (const unit of pending) {
      if (context.interruption.signal.aborted || context.interruption.finishing) return;
      const record = await runner.record(unit);
      if (record === undefined) return;
      await context.store.write(record);
      context.done(record);
    }
  } finally {
    await runner.close();
  }
}

class Runner {
  readonly #context: RunContext;
  readonly #combination: Combination;
  #session: Session | undefined;
  #warm = false;
  #projection: Promise<Pipeline> | undefined;

  constructor(context: RunContext, combination: Combination) {
    this.#context = context;
    this.#combination = combination;
  }

  /** Undefined if the bench was interrupted: then nothing is known about the unit. */
  async record(unit: Unit): Promise<UnitRecord | undefined> {
    try {
      return await this.#compute(unit);
    } catch (error) {
      if (this.#context.interruption.signal.aborted) return undefined;
      // The session may be what failed; the next unit gets a new one.
      await this.close();
      return failure(unit, error);
    }
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    this.#warm = false;
    await session?.[Symbol.asyncDispose]();
  }

  async #compute(unit: Unit): Promise<UnitSuccess> {
    const { bench, metrics, interruption } = this.#context;
    const { pipeline, task } = this.#combination;
    const { seed, number } = unit;
    const reference = centreCrop((await readPicture(unit.path)).tensor, bench.file.images.size, unit.path);
    const y = await pipeline.degrade(reference, { seed, image: number });
    this.#session ??= await pipeline.open();
    const warm = this.#warm;
    const recorder = bench.file.trajectory === undefined ? undefined : new TrajectoryRecorder(reference);
    const run = this.#session.restore(y, {
      seed,
      image: number,
      signal: interruption.signal,
      ...metrics.record,
      ...defined({ previewEvery: recorder && 1 }),
    });
    for await (const event of run.events) await recorder?.see(event);
    const result = await run.result;
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

  /** A x without noise. */
  async #project(x: HostTensor): Promise<HostTensor> {
    const { bench, options } = this.#context;
    this.#projection ??= createPipeline({ ...this.#combination.object, noise: 0 }, { ...options, directory: bench.directory });
    return await (await this.#projection).degrade(x, { seed: 0 });
  }

  /** Keeps results that others are compared with. */
  async #keep(unit: Unit, image: HostTensor): Promise<void> {
    if (!referenceMethods(this.#context.bench).has(unit.method)) return;
    await mkdir(join(this.#context.output, "results"), { recursive: true });
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

const headOf = ({ id, method, task, image, seed }: Unit) => ({ type: "unit", unit: id, method, task, image, seed }) as const;

function failure(unit: Unit, error: unknown): UnitFailure {
  const code = isLeaderError(error) ? error.code : "LEADER_CLI_INTERNAL";
  const message = error instanceof Error ? error.message : String(error);
  return { ...headOf(unit), status: "failed", error: { code, message }, temporary: exitCodeOf(error) === exitCodes.temporary };
}

/** A result with holes would be measured as a number like any other. */
function requireFinite({ data }: HostTensor): void {
  const at = data.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw errors.BENCH_NOT_FINITE({ element: at, value: String(data[at]) });
}
