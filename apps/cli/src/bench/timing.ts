import type { Bench } from "./bench-file.js";
import type { Records } from "./reduce.js";
import { isCost, markdownTable } from "./render-table.js";
import type { Unit, UnitSuccess } from "./unit.js";

/** What a method cost on a task. Clocks and memory differ from run to run, so they are kept apart from the table of results. */
export interface Cost {
  readonly task: string;
  readonly method: string;
  readonly runs: number;
  /** True if the medians are over restorations that followed another one in their process. */
  readonly warm: boolean;
  /** Medians of the sampling loop: neither loading nor compiling. */
  readonly seconds: number;
  readonly networkSeconds: number;
  /** Most resident memory of the computing process. */
  readonly peakMemoryMiB: number;
  readonly backends: readonly string[];
}

/** Costs of every method on every task that has a success. */
export function costsOf(units: readonly Unit[], records: Records): readonly Cost[] {
  const groups = new Map<string, UnitSuccess[]>();
  for (const { id, task, method } of units) {
    const record = records.get(id);
    if (record?.status === "ok") groups.set(`${task} ${method}`, [...(groups.get(`${task} ${method}`) ?? []), record]);
  }
  return [...groups.values()].map((all) => {
    const warm = all.filter((record) => record.warm);
    const used = warm.length === 0 ? all : warm;
    const { task, method } = all[0]!;
    return {
      task,
      method,
      runs: used.length,
      warm: warm.length > 0,
      seconds: median(used.map(({ seconds }) => seconds.sampling)),
      networkSeconds: median(used.map(({ seconds }) => seconds.network)),
      peakMemoryMiB: Math.max(...all.map(({ peakMemoryMiB }) => peakMemoryMiB)),
      backends: [...new Set(all.map(({ backend }) => backend))].sort(),
    };
  });
}

export function renderCosts({ file }: Bench, costs: readonly Cost[], machine: string): string {
  const published = Object.values(file.paper?.values ?? {}).flatMap((tasks) =>
    Object.values(tasks).flatMap((values) => Object.keys(values)),
  );
  const paperColumns = [...new Set(published)].filter(isCost);
  const head = [
    "task",
    "method",
    "seconds (median)",
    "of it network",
    "runs",
    "peak memory [MiB]",
    ...paperColumns.map((name) => `${name} (paper)`),
  ];
  const body = costs.map(({ task, method, seconds, networkSeconds, runs, warm, peakMemoryMiB }) => [
    file.tasks[task]?.title ?? task,
    file.methods[method]?.title ?? method,
    `${seconds.toFixed(3)}${warm ? "" : " (first run: includes warming up)"}`,
    networkSeconds.toFixed(3),
    String(runs),
    peakMemoryMiB.toFixed(0),
    ...paperColumns.map((name) => String(file.paper?.values[method]?.[task]?.[name] ?? "")),
  ]);
  const backends = [...new Set(costs.flatMap((cost) => cost.backends))];
  return `# ${file.title}: cost\n\n${machine}\n\nBackend: ${backends.join("; ")}. Memory is that of the computing process; device memory is not measured.\n\n${markdownTable(head, body)}\n`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2;
}
