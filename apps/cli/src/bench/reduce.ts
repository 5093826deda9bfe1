import { commonIdentity, identityText, type MetricReading } from "@leader/metrics";
import type { Bench } from "./bench-file.js";
import { nameOfMetric } from "./schema.js";
import { difference, estimate, type Difference, type Estimate } from "./statistics.js";
import type { Unit, UnitRecord, UnitSuccess } from "./unit.js";

/** A column of the table: a metric, or the counted evaluations. */
export interface Column extends MetricReading {
  readonly name: string;
  readonly label: string;
  /** How the values were measured. */
  readonly identity: string;
}

/** A method on a task. */
export interface Row {
  readonly method: string;
  readonly title: string;
  /** The method cannot do this task. */
  readonly skipped: boolean;
  readonly units: number;
  readonly failed: number;
  /** By column; missing where no unit succeeded. */
  readonly values: Readonly<Record<string, Estimate & { readonly worst: number }>>;
  readonly against?: { readonly method: string; readonly differences: Readonly<Record<string, Difference>> };
  /** The published numbers, by column: never mixed with ours. */
  readonly paper: Readonly<Record<string, number>>;
}

export interface TaskTable {
  readonly task: string;
  readonly title: string;
  readonly noise: number;
  readonly rows: readonly Row[];
}

/** What a bench found out, without anything that depends on the clock: equal records give an equal table. */
export interface BenchTable {
  readonly title: string;
  readonly quick: boolean;
  readonly pictures: number;
  readonly size: number;
  readonly seeds: readonly number[];
  readonly columns: readonly Column[];
  readonly tasks: readonly TaskTable[];
  readonly trajectory: readonly TrajectoryRow[];
}

/** The estimate of the clean image on its way, at one number of evaluations. */
export interface TrajectoryRow {
  readonly task: string;
  readonly method: string;
  readonly evaluations: number;
  /** Runs that got so far. */
  readonly runs: number;
  readonly psnr: number;
  readonly uncertainty?: number;
}

export type Records = ReadonlyMap<string, UnitRecord>;

/** Evaluations are counted by the backend, so they stand beside the metrics. */
const evaluations: Column = {
  name: "evaluations",
  label: "evaluations",
  identity: "network evaluations, counted",
  better: "lower",
  unit: "",
  digits: 1,
};

/** Readings of the metrics, which the records do not repeat. */
export type Readings = ReadonlyMap<string, MetricReading>;

function columnOf(name: string, successes: readonly UnitSuccess[], readings: Readings): Column {
  const identity = commonIdentity(
    name,
    successes.flatMap(({ metrics }) => metrics[name] ?? []),
  );
  const reading = readings.get(name)!;
  const { better, unit, digits } = reading;
  return {
    name,
    label: identity?.name ?? name,
    identity: identity === undefined ? "no value" : identityText(identity),
    better,
    unit,
    digits,
  };
}

/** The records of all units, by task and method. */
export class Reduction {
  readonly #bench: Bench;
  readonly #columns: readonly Column[];
  readonly #groups = new Map<string, { readonly unit: Unit; readonly record: UnitRecord | undefined }[]>();

  /** Errors: IDENTITIES_MIXED. */
  constructor(bench: Bench, units: readonly Unit[], records: Records, readings: Readings) {
    this.#bench = bench;
    const successes = [...records.values()].filter((record) => record.status === "ok");
    this.#columns = [...bench.file.metrics.map((metric) => columnOf(nameOfMetric(metric), successes, readings)), evaluations];
    for (const unit of units) {
      const key = `${unit.task} ${unit.method}`;
      this.#groups.set(key, [...(this.#groups.get(key) ?? []), { unit, record: records.get(unit.id) }]);
    }
  }

  table(): BenchTable {
    const { file, quick, images } = this.#bench;
    return {
      title: file.title,
      quick,
      pictures: images.length,
      size: file.images.size,
      seeds: file.seeds,
      columns: this.#columns,
      tasks: Object.entries(file.tasks).map(([task, { title = task, noise }]) => ({
        task,
        title,
        noise,
        rows: Object.keys(file.methods).map((method) => this.#row(task, method)),
      })),
      trajectory: (file.trajectory?.at ?? []).flatMap((at) => this.#trajectory(at)),
    };
  }

  #row(task: string, method: string): Row {
    const { title = method, against, skip = [] } = this.#bench.file.methods[method]!;
    const group = this.#groups.get(`${task} ${method}`) ?? [];
    const values = this.#columns.flatMap((column) => {
      const perPicture = [...this.#perPicture(task, method, column.name).values()].map(meanOf);
      if (perPicture.length === 0) return [];
      const all = [...this.#perPicture(task, method, column.name).values()].flat();
      const worst = column.better === "lower" ? Math.max(...all) : Math.min(...all);
      return [[column.name, { ...estimate(perPicture, column.name), worst }] as const];
    });
    return {
      method,
      title,
      skipped: skip.includes(task),
      units: group.length,
      failed: group.filter(({ record }) => record?.status !== "ok").length,
      values: Object.fromEntries(values),
      ...(against === undefined || !(against in this.#bench.file.methods)
        ? {}
        : { against: { method: against, differences: this.differences(task, method, against) } }),
      paper: this.#bench.file.paper?.values[method]?.[task] ?? {},
    };
  }

  /** Paired by picture and seed: what only one of the two restored is left out of the comparison, and counted as failed. */
  differences(task: string, method: string, other: string): Readonly<Record<string, Difference>> {
    const entries = this.#columns.flatMap(({ name }) => {
      const [ours, theirs] = [this.#bySeed(task, method, name), this.#bySeed(task, other, name)];
      const pairs = new Map<number, (readonly [number, number])[]>();
      for (const [cell, { number, value }] of ours) {
        const match = theirs.get(cell);
        if (match !== undefined) pairs.set(number, [...(pairs.get(number) ?? []), [value, match.value]]);
      }
      const perPicture = [...pairs.values()].map((list) => [meanOf(list.map(([a]) => a)), meanOf(list.map(([, b]) => b))] as const);
      return perPicture.length === 0 ? [] : [[name, difference(perPicture, name)] as const];
    });
    return Object.fromEntries(entries);
  }

  /** The mean over seeds of a column, by picture; only of pictures that were restored. */
  valuesByPicture(task: string, method: string, column: string): ReadonlyMap<number, number> {
    return new Map([...this.#perPicture(task, method, column)].map(([number, values]) => [number, meanOf(values)]));
  }

  #trajectory(at: number): readonly TrajectoryRow[] {
    return [...this.#groups.values()].flatMap((group) => {
      const points = group.flatMap(({ record }) =>
        record?.status === "ok" ? (record.trajectory?.find((point) => point.evaluations === at) ?? []) : [],
      );
      if (points.length === 0) return [];
      const { task, method } = group[0]!.unit;
      const uncertain = points.flatMap(({ uncertainty }) => uncertainty ?? []);
      const uncertainty = uncertain.length === 0 ? {} : { uncertainty: meanOf(uncertain) };
      return [{ task, method, evaluations: at, runs: points.length, psnr: meanOf(points.map((point) => point.psnr)), ...uncertainty }];
    });
  }

  #perPicture(task: string, method: string, column: string): ReadonlyMap<number, readonly number[]> {
    const values = new Map<number, number[]>();
    for (const { number, value } of this.#bySeed(task, method, column).values()) values.set(number, [...(values.get(number) ?? []), value]);
    return values;
  }

  #bySeed(task: string, method: string, column: string): ReadonlyMap<number, { readonly number: number; readonly value: number }> {
    const entries = (this.#groups.get(`${task} ${method}`) ?? []).flatMap(({ unit, record }) => {
      const value = record?.status !== "ok" ? undefined : column === "evaluations" ? record.evaluations : record.metrics[column]?.value;
      return value === undefined ? [] : [[unit.cell, { number: unit.number, value }] as const];
    });
    return new Map(entries);
  }
}

const meanOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
