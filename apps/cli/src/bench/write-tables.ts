import { arch, cpus, platform, totalmem } from "node:os";
import { join } from "node:path";
import { writeFileAtomically } from "leader-restore/supervision";
import { version } from "../version.js";
import type { Bench } from "./bench-file.js";
import { judge } from "./claims.js";
import { curvesOf, judgeFrontiers } from "./frontier.js";
import { frontierPlot } from "./frontier-plot.js";
import { Reduction, type BenchTable, type Readings, type Records } from "./reduce.js";
import { plotName, renderCsv, renderMarkdown } from "./render-table.js";
import type { BenchOutcome } from "./tasks.js";
import { costsOf, renderCosts } from "./timing.js";
import { unitLine, type Unit } from "./unit.js";

/** Writes the tables of a bench whose units all have a record. */
export async function writeTables(
  read: Bench,
  units: readonly Unit[],
  records: Records,
  readings: Readings,
  output: string,
): Promise<NonNullable<BenchOutcome["tables"]>> {
  const reduction = new Reduction(read, units, records, readings);
  const table = reduction.table();
  const judgements = judge(read, table, reduction);
  const frontiers = judgeFrontiers(read, reduction);
  const costs = costsOf(units, records);
  const machine = `${new Date().toISOString().slice(0, 10)}, ${platform()} ${arch()}, ${cpus()[0]?.model ?? "unknown processor"} x ${cpus().length}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}, LEADer ${version}`;
  const text = renderMarkdown(read, table, judgements, frontiers);
  const files: Readonly<Record<string, string>> = {
    "table.md": text,
    "table.csv": renderCsv(table),
    "table.json": `${JSON.stringify({ ...table, claims: judgements, frontiers, paper: read.file.paper ?? null }, null, 2)}\n`,
    "cost.md": renderCosts(read, costs, machine),
    "cost.json": `${JSON.stringify({ machine, costs }, null, 2)}\n`,
    ...plotsOf(read, table, reduction),
    "results.jsonl": units.map(({ id }) => `${unitLine(records.get(id)!)}\n`).join(""),
  };
  for (const [name, content] of Object.entries(files)) await writeFileAtomically(join(output, name), content);
  return { text, files: Object.keys(files).map((name) => join(output, name)) };
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
