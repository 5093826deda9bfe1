import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What `leader bench` wrote, as far as the results page reads it. */

export interface Judgement {
  readonly text: string;
  readonly task: string;
  readonly verdict: string;
  readonly evidence: string;
}

export interface Row {
  readonly method: string;
  readonly title: string;
  readonly failed: number;
  readonly values: Readonly<Record<string, { readonly mean: number }>>;
  readonly against?: { readonly method: string };
}

export interface BenchOutput {
  /** Name of the bench file without its ending. */
  readonly name: string;
  readonly title: string;
  readonly tasks: readonly { readonly task: string; readonly title: string; readonly rows: readonly Row[] }[];
  readonly claims: readonly Judgement[];
  readonly machine: string;
  readonly costs: readonly { readonly task: string; readonly method: string; readonly seconds: number }[];
  /** The tables as the bench renders them. */
  readonly table: string;
  readonly cost: string;
}

/** Reads the output folder of a bench whose units are all done. */
export function readOutput(folder: string, name: string): BenchOutput {
  const text = (file: string): string => readFileSync(join(folder, file), "utf8");
  const { title, tasks, claims } = JSON.parse(text("table.json")) as Pick<BenchOutput, "title" | "tasks" | "claims">;
  const { machine, costs } = JSON.parse(text("cost.json")) as Pick<BenchOutput, "machine" | "costs">;
  return { name, title, tasks, claims, machine, costs, table: text("table.md"), cost: text("cost.md") };
}
