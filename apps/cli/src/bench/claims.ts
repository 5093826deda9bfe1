import type { Bench } from "./bench-file.js";
import type { BenchTable, Column, Reduction, Row } from "./reduce.js";
import type { Claim } from "./schema.js";
import type { Difference } from "./statistics.js";

export type Verdict = "holds" | "does not hold" | "not significant" | "too few pictures" | "not measured";

/** A claim on one task, judged. */
export interface Judgement {
  readonly text: string;
  readonly task: string;
  readonly verdict: Verdict;
  readonly evidence: string;
}

/** Judges every claim of the bench on every task that it speaks of. */
export function judge(bench: Bench, table: BenchTable, reduction: Pick<Reduction, "differences">): readonly Judgement[] {
  return bench.file.claims.flatMap((claim) => {
    const column = table.columns.find(({ name }) => name === claim.metric);
    return table.tasks
      .filter(({ task }) => claim.tasks?.includes(task) ?? true)
      .flatMap(({ task, rows }) => {
        const row = rows.find(({ method }) => method === claim.method);
        if (column === undefined || row === undefined || row.skipped) return [];
        const change = claim.than === undefined ? undefined : reduction.differences(task, claim.method, claim.than)[claim.metric];
        return [{ text: claim.text, task, ...verdictOf(claim, column, row, change) }];
      });
  });
}

function verdictOf(claim: Claim, column: Column, row: Row, change: Difference | undefined): Pick<Judgement, "verdict" | "evidence"> {
  const value = row.values[column.name];
  if (value === undefined) return { verdict: "not measured", evidence: `${row.failed} of ${row.units} units failed` };
  if (claim.atMost !== undefined) {
    const holds = value.worst <= claim.atMost && row.failed === 0;
    const failed = row.failed === 0 ? "" : `, ${row.failed} failed`;
    return { verdict: holds ? "holds" : "does not hold", evidence: `worst of ${row.units} units ${value.worst.toPrecision(3)}${failed}` };
  }
  if (change === undefined) return { verdict: "not measured", evidence: `no pairs with ${claim.than ?? "another method"}` };
  const evidence = `difference ${signed(change.mean, column.digits)} on ${change.n} picture(s)`;
  if (change.interval === undefined) return { verdict: "too few pictures", evidence };
  const [low, high] = column.better === "higher" ? change.interval : [-change.interval[1], -change.interval[0]];
  const margin = claim.noWorseBy ?? 0;
  if (claim.noWorseBy === undefined ? low > 0 : low >= -margin) return { verdict: "holds", evidence };
  return { verdict: high < -margin ? "does not hold" : "not significant", evidence };
}

/** A number with so many digits after the point; with an exponent where these would show nothing of it. */
export function fixed(value: number, digits: number): string {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "-∞";
  return value !== 0 && Math.abs(value) < 10 ** -digits ? value.toExponential(1) : value.toFixed(digits);
}

/** A number with its sign. */
export const signed = (value: number, digits: number): string => `${value >= 0 ? "+" : ""}${fixed(value, digits)}`;
