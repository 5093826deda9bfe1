import { mkdir } from "node:fs/promises";
import { arch, cpus, platform, totalmem } from "node:os";
import { join, resolve } from "node:path";
import { writeFileAtomically } from "leader-restore/supervision";
import { readBench, type Bench } from "../bench/bench-file.js";
import { judge } from "../bench/claims.js";
import { curvesOf, judgeFrontiers } from "../bench/frontier.js";
import { frontierPlot } from "../bench/frontier-plot.js";
import { MetricSet } from "../bench/metric-set.js";
import { combine, located, type Combination } from "../bench/pipelines.js";
import { planUnits } from "../bench/plan.js";
import { Reduction, type BenchTable, type Records } from "../bench/reduce.js";
import { plotName, renderCsv, renderMarkdown } from "../bench/render-table.js";
import { runCombination } from "../bench/run-units.js";
import { costsOf, renderCosts } from "../bench/timing.js";
import { unitLine, UnitStore, type Unit, type UnitRecord } from "../bench/unit.js";
import { bundledOptions } from "../bundled.js";
import { compute, type EngineOptions, type Work } from "../engines/compute.js";
import { exitCodes } from "../exit-codes.js";
import { Interruption } from "../interruption.js";
import { paramsOf } from "../options.js";
import { makeOutput, type Output } from "../render/output.js";
import { totalSeconds } from "../seconds.js";
import { shardOf } from "../shard.js";
import { version } from "../version.js";

export interface BenchCommandOptions extends EngineOptions {
  readonly bench: string;
  readonly output: string;
  readonly shard?: string;
  readonly images?: string;
  readonly quick: boolean;
  readonly without: readonly string[];
  readonly set: readonly string[];
  readonly param: readonly string[];
  readonly check: boolean;
  readonly dryRun: boolean;
  readonly retryFailed: boolean;
  readonly json: boolean;
}

/** Runs what is missing of a bench, and makes its tables when nothing is. Returns the exit code. */
export async function bench(options: BenchCommandOptions): Promise<number> {
  using interruption = new Interruption();
  const output = makeOutput(options.json);
  const shard = shardOf(options.shard);
  const set = options.images === undefined ? options.set : [...options.set, `images.path=${JSON.stringify(resolve(options.images))}`];
  const read = await readBench(options.bench, { set, params: paramsOf(options.param), quick: options.quick, without: options.without });
  const pipelineOptions = await bundledOptions();
  const combinations = await combine(read, pipelineOptions);
  const units = await planUnits(read, combinations);
  if (options.dryRun) return await rehearse(read, combinations, units, output);
  await mkdir(options.output, { recursive: true });
  const store = await UnitStore.open(options.output);
  await using metrics = await MetricSet.open(read);
  const records = await readRecords(store, units);
  const mine = units.filter(({ cell }) => cell % shard.count === shard.index);
  const pending = mine.filter(({ id }) => isPending(records.get(id), options.retryFailed));
  if (options.check) await checkAll(read, combinations, pending);
  if (options.engine !== undefined) {
    const code = pending.length === 0 ? undefined : await compute(options, workOf(pending, records, options.output), interruption);
    return code ?? (await finish(read, units, store, metrics, options, output));
  }
  const counter = new Counter(output, mine.length - pending.length, mine.length);
  for (const combination of ordered(combinations, units)) {
    const todo = pending.filter(({ method, task }) => method === combination.method && task === combination.task);
    if (todo.length === 0) continue;
    const done = (record: UnitRecord): void => counter.count(record);
    const context = { bench: read, units, metrics, store, output: options.output, options: pipelineOptions, interruption, done };
    await runCombination(context, combination, todo);
    if (interruption.exitCode !== undefined) return interruption.exitCode;
    if (interruption.finishing) return exitCodes.temporary;
  }
  return await finish(read, units, store, metrics, options, output);
}

/** Checks everything and computes nothing. */
async function rehearse(read: Bench, combinations: readonly Combination[], units: readonly Unit[], output: Output): Promise<number> {
  await checkAll(read, combinations, units);
  const { methods, tasks } = read.file;
  const [m, t, p] = [Object.keys(methods).length, Object.keys(tasks).length, read.images.length];
  output.record({ type: "bench", dryRun: true, methods: m, tasks: t, pictures: p, units: units.length });
  output.text(`${m} methods, ${t} tasks, ${p} pictures, ${read.file.seeds.length} seed(s): ${units.length} units; every pipeline can run`);
  return exitCodes.ok;
}

/** What an engine divides. Pipelines were checked here, so that parts need not. */
function workOf(pending: readonly Unit[], records: Records, output: string): Work {
  const measured = [...records.values()].flatMap((record) => (record.status === "ok" ? [totalSeconds(record.seconds)] : []));
  const secondsPerUnit = measured.length === 0 ? undefined : measured.reduce((a, b) => a + b, 0) / measured.length;
  return { units: pending.length, secondsPerUnit, partArgs: ["--no-check"], output };
}

/** Nothing known, or a failure that another try may mend. */
const isPending = (record: UnitRecord | undefined, retryFailed: boolean): boolean =>
  record === undefined || (record.status === "failed" && (record.temporary || retryFailed));

async function readRecords(store: UnitStore, units: readonly Unit[]): Promise<Records> {
  const records = new Map<string, UnitRecord>();
  for (const { id } of units) {
    const record = await store.read(id);
    if (record !== undefined) records.set(id, record);
  }
  return records;
}

/** Sets up and traces every pipeline that has something to do, so that a mistake is found before hours of work. */
async function checkAll({ file }: Bench, combinations: readonly Combination[], pending: readonly Unit[]): Promise<void> {
  const { size } = file.images;
  for (const { method, task, pipeline, relocate } of combinations) {
    if (!pending.some((unit) => unit.method === method && unit.task === task)) continue;
    await located(relocate, () => pipeline.check({ shape: [1, 3, size, size], dtype: "float32" }));
  }
}

/** In the order of the plan, which puts first what others are compared with. */
function ordered(combinations: readonly Combination[], units: readonly Unit[]): readonly Combination[] {
  const place = ({ method, task }: Combination): number => units.findIndex((unit) => unit.method === method && unit.task === task);
  return [...combinations].sort((a, b) => place(a) - place(b));
}

class Counter {
  readonly #output: Output;
  readonly #total: number;
  #done: number;

  constructor(output: Output, done: number, total: number) {
    this.#output = output;
    this.#done = done;
    this.#total = total;
    if (done > 0) process.stderr.write(`${done} of ${total} units are done already\n`);
  }

  count(record: UnitRecord): void {
    this.#done++;
    this.#output.record(record);
    const { task, method, image, seed } = record;
    const result =
      record.status === "ok"
        ? `${Object.entries(record.metrics)
            .map(([name, { value }]) => `${name} ${value.toPrecision(4)}`)
            .join(", ")}, ${record.evaluations} evaluations, ${record.seconds.sampling.toFixed(2)} s`
        : `failed: ${record.error.code}: ${record.error.message}`;
    process.stderr.write(`[${this.#done}/${this.#total}] ${task} ${method} ${image} seed ${seed}: ${result}\n`);
  }
}

/** Writes the tables if every unit has a record, also those of other shards. */
async function finish(
  read: Bench,
  units: readonly Unit[],
  store: UnitStore,
  metrics: MetricSet,
  options: BenchCommandOptions,
  output: Output,
): Promise<number> {
  const records = await readRecords(store, units);
  const failed = [...records.values()].filter(({ status }) => status === "failed").length;
  const code = failed === 0 ? exitCodes.ok : exitCodes.someFailed;
  if (records.size < new Set(units.map(({ id }) => id)).size) {
    output.record({ type: "bench", complete: false, units: units.length, done: records.size, failed });
    output.text(`${records.size} of ${units.length} units are done; run the other shards with the same output folder`);
    return code;
  }
  const reduction = new Reduction(read, units, records, new Map(metrics.list.map((metric) => [metric.name, metric])));
  const table = reduction.table();
  const judgements = judge(read, table, reduction);
  const frontiers = judgeFrontiers(read, reduction);
  const costs = costsOf(units, records);
  const machine = `${new Date().toISOString().slice(0, 10)}, ${platform()} ${arch()}, ${cpus()[0]?.model ?? "unknown processor"} x ${cpus().length}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}, LEADer ${version}`;
  const files: Readonly<Record<string, string>> = {
    "table.md": renderMarkdown(read, table, judgements, frontiers),
    "table.csv": renderCsv(table),
    "table.json": `${JSON.stringify({ ...table, claims: judgements, frontiers, paper: read.file.paper ?? null }, null, 2)}\n`,
    "cost.md": renderCosts(read, costs, machine),
    "cost.json": `${JSON.stringify({ machine, costs }, null, 2)}\n`,
    ...plotsOf(read, table, reduction),
    "results.jsonl": units.map(({ id }) => `${unitLine(records.get(id)!)}\n`).join(""),
  };
  for (const [name, text] of Object.entries(files)) await writeFileAtomically(join(options.output, name), text);
  output.record({
    type: "bench",
    complete: true,
    units: units.length,
    failed,
    files: Object.keys(files).map((name) => join(options.output, name)),
  });
  output.text(files["table.md"]!);
  return code;
}

/** A plot per task, if the bench compares curves. */
function plotsOf(read: Bench, { tasks }: BenchTable, reduction: Reduction): Readonly<Record<string, string>> {
  if (read.file.frontiers.length === 0) return {};
  const plots = tasks.flatMap(({ task, title }) => {
    const curves = curvesOf(read, task, reduction);
    return curves.length === 0 ? [] : [[plotName(task), frontierPlot(title, curves)] as const];
  });
  return Object.fromEntries(plots);
}
