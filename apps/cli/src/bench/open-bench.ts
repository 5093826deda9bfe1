import { defined, Once } from "@leader/graph";
import { jsonSchemaOf, type LoadEvent, type PipelineOptions } from "leader-restore";
import { bundledOptions } from "../bundled.js";
import { prepareFolder } from "../outputs.js";
import { totalSeconds } from "../seconds.js";
import type { Ways } from "../telling/ways.js";
import type { TaskHandlers } from "../worker/served.js";
import { warningTo } from "../worker/warnings.js";
import { readBench, type Bench } from "./bench-file.js";
import { MetricSet } from "./metric-set.js";
import { combine, located, type Combination } from "./pipelines.js";
import { planUnits } from "./plan.js";
import { benchSchema } from "./schema.js";
import type { Records } from "./reduce.js";
import { UnitRunner } from "./run-units.js";
import type { BenchOutcome, BenchPlan, BenchRequest, BenchTasks, PlanRequest } from "./tasks.js";
import { UnitStore, type UnitRecord } from "./unit.js";
import { writeTables } from "./write-tables.js";

/** A bench that is read, with all its pipelines. */
interface ReadBench {
  readonly bench: Bench;
  readonly options: PipelineOptions;
  readonly combinations: readonly Combination[];
  readonly memoryMiB: number | undefined;
}

/** The bench of a working process. What was asked of a process that ended is not known to the next one, so each task finds what it needs. */
export class OpenBench implements AsyncDisposable {
  readonly tasks: TaskHandlers<BenchTasks> = {
    schema: () => Promise.resolve({ ...jsonSchemaOf(benchSchema), title: "LEADer bench" }),
    open: (request, { emit }) => this.#open(request, emit),
    plan: (request, { emit }) => this.#plan(request, emit),
    check: (number) => this.#check(number),
    measure: ({ output, unit }, ways) => this.#measure(output, unit, ways),
    finish: ({ output }, { emit }) => this.#finish(output, emit),
  };
  #read: ReadBench | undefined;
  readonly #units = new Once(() => {
    const { bench, combinations } = this.#opened();
    return planUnits(bench, combinations);
  });
  readonly #metrics = new Once((emit: Ways["emit"]) => MetricSet.open(this.#opened().bench, warningTo(emit)));
  #runner: UnitRunner | undefined;

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runner?.close();
    await (await this.#metrics.made?.catch(() => undefined))?.[Symbol.asyncDispose]();
  }

  async #open(request: BenchRequest, emit: (event: LoadEvent) => void): Promise<undefined> {
    const { file, set, params, quick, without, localPlugins, memoryMiB } = request;
    const bench = await readBench(file, { set, params, quick, without });
    const options = { ...(await bundledOptions()), localPlugins };
    this.#read = { bench, options, combinations: await combine(bench, options, emit), memoryMiB };
    return undefined;
  }

  async #plan({ output, shard, retryFailed }: PlanRequest, emit: Ways["emit"]): Promise<BenchPlan> {
    const { bench, combinations } = this.#opened();
    const units = await this.#units.get();
    const records = output === undefined ? new Map<string, UnitRecord>() : await this.#known(output, emit);
    const mine = units.filter(({ cell }) => cell % shard.count === shard.index);
    const open = mine.filter(({ id }) => isPending(records.get(id), retryFailed));
    const pending = combinations
      .map(({ method, task }, number) => ({ number, units: open.filter((unit) => unit.method === method && unit.task === task) }))
      .filter((combination) => combination.units.length > 0)
      .sort((a, b) => units.indexOf(a.units[0]!) - units.indexOf(b.units[0]!));
    const { methods, tasks, seeds } = bench.file;
    return {
      methods: Object.keys(methods).length,
      tasks: Object.keys(tasks).length,
      pictures: bench.images.length,
      seeds: seeds.length,
      units: units.length,
      mine: mine.length,
      pending,
      ...defined({ secondsPerUnit: secondsPerUnit(records) }),
    };
  }

  async #check(number: number): Promise<undefined> {
    const { bench, combinations } = this.#opened();
    const { size } = bench.file.images;
    const { pipeline, relocate } = combinations[number]!;
    await located(relocate, () => pipeline.check({ shape: [1, 3, size, size], dtype: "float32" }));
    return undefined;
  }

  async #measure(output: string, id: string, { emit, signal }: Ways): Promise<UnitRecord> {
    const { bench, combinations, options, memoryMiB } = this.#opened();
    const units = await this.#units.get();
    const metrics = await this.#metrics.get(emit);
    const unit = units.find((each) => each.id === id)!;
    const combination = combinations.find(({ method, task }) => unit.method === method && unit.task === task)!;
    if (this.#runner?.combination !== combination) {
      await this.#runner?.close();
      this.#runner = new UnitRunner({ bench, units, metrics, output, options, limits: defined({ memoryMiB }) }, combination);
    }
    emit({ type: "unit-begin" });
    const record = await this.#runner.record(unit, { emit, signal });
    await (await UnitStore.open(output)).write(record);
    return record;
  }

  async #finish(output: string, emit: Ways["emit"]): Promise<BenchOutcome> {
    const { bench } = this.#opened();
    const units = await this.#units.get();
    const records = await this.#known(output, emit);
    const failed = [...records.values()].filter(({ status }) => status === "failed").length;
    const outcome = { units: units.length, done: records.size, failed };
    if (records.size < new Set(units.map(({ id }) => id)).size) return outcome;
    const { list } = await this.#metrics.get(emit);
    const readings = new Map(list.map((metric) => [metric.name, metric]));
    return { ...outcome, tables: await writeTables(bench, units, records, readings, output) };
  }

  #opened(): ReadBench {
    if (this.#read === undefined) throw new Error("no bench was opened");
    return this.#read;
  }

  /** The records that there are. Metrics are opened with them, so that a network that cannot be read is told before hours of work. */
  async #known(output: string, emit: Ways["emit"]): Promise<Records> {
    await prepareFolder(output);
    await this.#metrics.get(emit);
    const store = await UnitStore.open(output);
    const records = new Map<string, UnitRecord>();
    for (const { id } of await this.#units.get()) {
      const record = await store.read(id);
      if (record !== undefined) records.set(id, record);
    }
    return records;
  }
}

/** Nothing known, or a failure that another try may mend. */
const isPending = (record: UnitRecord | undefined, retryFailed: boolean): boolean =>
  record === undefined || (record.status === "failed" && (record.temporary || retryFailed));

function secondsPerUnit(records: Records): number | undefined {
  const measured = [...records.values()].flatMap((record) => (record.status === "ok" ? [totalSeconds(record.seconds)] : []));
  return measured.length === 0 ? undefined : measured.reduce((a, b) => a + b, 0) / measured.length;
}
