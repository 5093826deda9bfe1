import { explain } from "./explained.js";
import type { BackendResults } from "./run-all.js";
import type { CaseResult } from "./run-case.js";
import { defined } from "@leader/graph";

/** Counts of a set of cases. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly unsupported: number;
}

export function tally(results: readonly CaseResult[]): Tally {
  const count = (kind: CaseResult["outcome"]["kind"]): number => results.filter(({ outcome }) => outcome.kind === kind).length;
  return { passed: count("passed"), failed: count("failed"), unsupported: count("unsupported") };
}

/** Results by operation of the model, by name; a model with several counts for each of them. */
export function byOperation(results: readonly CaseResult[]): ReadonlyMap<string, Tally> {
  const groups = new Map<string, CaseResult[]>();
  for (const result of results) for (const op of result.ops) groups.set(op, [...(groups.get(op) ?? []), result]);
  return new Map([...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([op, list]) => [op, tally(list)]));
}

export interface Failure {
  readonly name: string;
  readonly reason: string;
  /** Why it stays; absent for a defect. */
  readonly explanation?: string;
}

export function failuresOf({ backend, results }: BackendResults): readonly Failure[] {
  return results.flatMap(({ name, outcome }) => {
    if (outcome.kind !== "failed") return [];
    const explanation = explain(name, backend);
    return [{ name, reason: outcome.reason, ...defined({ explanation }) }];
  });
}

const rate = ({ passed, failed }: Tally): string =>
  passed + failed === 0 ? "-" : `${Math.floor((1000 * passed) / (passed + failed)) / 10} %`;

/** Tables for people: in total, by operation, and what failed. */
export function formatReport(all: readonly BackendResults[]): string {
  const tables = all.map(({ results }) => byOperation(results));
  const operations = [...new Set(tables.flatMap((table) => [...table.keys()]))].sort();
  const cell = (t: Tally | undefined): string =>
    t === undefined ? "-" : `${t.passed}/${t.passed + t.failed}${t.unsupported > 0 ? ` (${t.unsupported})` : ""}`;
  const lines = [
    "passed/run (outside the reader), by operation",
    "",
    row(
      "operation",
      all.map(({ backend }) => backend),
    ),
    ...operations.map((op) =>
      row(
        op,
        tables.map((table) => cell(table.get(op))),
      ),
    ),
    "",
    ...all.map(({ backend, description, results }) => {
      const t = tally(results);
      return `${backend}: ${t.passed} of ${t.passed + t.failed} pass (${rate(t)}), ${t.unsupported} of ${results.length} use operations or types outside the reader; ${description}`;
    }),
    ...all.flatMap((results) =>
      failuresOf(results).map(
        (failure) =>
          `${results.backend}: ${failure.name}: ${failure.reason}${failure.explanation === undefined ? "   <- NOT EXPLAINED" : `\n    ${failure.explanation}`}`,
      ),
    ),
  ];
  return lines.join("\n");
}

const row = (first: string, cells: readonly string[]): string =>
  [first.padEnd(28), ...cells.map((text) => text.padEnd(16))].join(" ").trimEnd();
