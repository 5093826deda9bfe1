import { resolve } from "node:path";
import { checkOrdinaryFile } from "leader-restore/supervision";
import { defined } from "@leader/graph/records";
import { openBenchPlace } from "../bench/bench-place.js";
import { Counter } from "../bench/counter.js";
import { measureUnits } from "../bench/measure-units.js";
import type { BenchOutcome, BenchPlan, BenchRequest, BenchTasks } from "../bench/tasks.js";
import { compute, type EngineOptions, type Work } from "../engines/compute.js";
import { exitCodes } from "../exit-codes.js";
import { Interruption } from "../interruption.js";
import { limitsOf, paramsOf, type LimitOptions } from "../options.js";
import { makeOutput, type Output } from "../render/output.js";
import { shardOf, type Shard } from "../shard.js";
import type { Place } from "../worker/place.js";
import { showWarnings } from "../worker/warnings.js";

export interface BenchCommandOptions extends EngineOptions, LimitOptions {
  readonly bench: string;
  readonly output: string;
  readonly shard?: string;
  readonly images?: string;
  readonly quick: boolean;
  readonly without: readonly string[];
  readonly set: readonly string[];
  readonly param: readonly string[];
  /** `--no-local-plugins` */
  readonly localPlugins: boolean;
  readonly check: boolean;
  readonly dryRun: boolean;
  readonly retryFailed: boolean;
  readonly json: boolean;
}

/** What the parts of the command share. */
interface Context {
  readonly options: BenchCommandOptions;
  readonly shard: Shard;
  readonly place: Place<BenchTasks>;
  readonly interruption: Interruption;
  readonly output: Output;
}

/** Runs what is missing of a bench, and makes its tables when nothing is. Returns the exit code. */
export async function bench(options: BenchCommandOptions): Promise<number> {
  using interruption = new Interruption();
  const output = makeOutput(options.json);
  const shard = shardOf(options.shard);
  await checkOrdinaryFile(options.bench);
  await using place = openBenchPlace(requestOf(options), limitsOf(options));
  try {
    return await run({ options, shard, place, interruption, output });
  } catch (error) {
    if (interruption.exitCode !== undefined) return interruption.exitCode;
    throw error;
  }
}

function requestOf(options: BenchCommandOptions): BenchRequest {
  const { bench: file, images, quick, without, localPlugins } = options;
  const set = images === undefined ? options.set : [...options.set, `images.path=${JSON.stringify(resolve(images))}`];
  const { memoryMiB } = limitsOf(options);
  return { file, set, params: paramsOf(options.param), quick, without, localPlugins, ...defined({ memoryMiB }) };
}

async function run(context: Context): Promise<number> {
  const { options, shard, place, interruption, output } = context;
  const watched = { signal: interruption.signal, onEvent: showWarnings };
  const { retryFailed, dryRun } = options;
  const plan = await place.do("plan", { shard, retryFailed, ...(dryRun ? {} : { output: options.output }) }, watched);
  if (options.check || dryRun) for (const { number } of plan.pending) await place.do("check", number, watched);
  if (dryRun) return rehearsed(plan, output);
  if (options.engine !== undefined) {
    const code = plan.pending.length === 0 ? undefined : await compute(options, workOf(plan, options.output), interruption);
    return code ?? (await finish(context));
  }
  const counter = new Counter(output, plan.mine - pendingOf(plan), plan.mine);
  await measureUnits({ place, output: options.output, interruption, done: (record) => counter.count(record) }, plan.pending);
  if (interruption.exitCode !== undefined) return interruption.exitCode;
  if (interruption.finishing) return exitCodes.temporary;
  return await finish(context);
}

const pendingOf = ({ pending }: BenchPlan): number => pending.reduce((sum, { units }) => sum + units.length, 0);

function rehearsed({ methods, tasks, pictures, seeds, units }: BenchPlan, output: Output): number {
  output.record({ type: "bench", dryRun: true, methods, tasks, pictures, units });
  output.text(`${methods} methods, ${tasks} tasks, ${pictures} pictures, ${seeds} seed(s): ${units} units; every pipeline can run`);
  return exitCodes.ok;
}

/** What an engine divides. Pipelines were checked here, so that parts need not. */
const workOf = (plan: BenchPlan, output: string): Work => ({
  units: pendingOf(plan),
  secondsPerUnit: plan.secondsPerUnit,
  partArgs: ["--no-check"],
  output,
});

/** Has the tables written if every unit has a record, also those of other shards. */
async function finish({ options, place, interruption, output }: Context): Promise<number> {
  const outcome = await place.do("finish", { output: options.output }, { signal: interruption.signal, onEvent: showWarnings });
  tell(outcome, output);
  return outcome.failed === 0 ? exitCodes.ok : exitCodes.someFailed;
}

function tell({ units, done, failed, tables }: BenchOutcome, output: Output): void {
  if (tables === undefined) {
    output.record({ type: "bench", complete: false, units, done, failed });
    output.text(`${done} of ${units} units are done; run the other shards with the same output folder`);
    return;
  }
  output.record({ type: "bench", complete: true, units, failed, files: tables.files });
  output.text(tables.text);
}
