import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { isRecord } from "@leader/graph/records";
import type { PresetRow } from "./measure.js";

/** Rows of the table by all that decides about them: the figures behind the page, kept with it. */
export function readFigures(path: string): ReadonlyMap<string, PresetRow> {
  if (!existsSync(path)) return new Map();
  const value: unknown = JSON.parse(readFileSync(path, "utf8"));
  if (!isRecord(value)) throw new Error(`${path} holds no rows of the table`);
  return new Map(Object.entries(value).map(([key, row]) => [key, requireRow(row, path)]));
}

/** Writes the rows of a page, a line for each in the order of their names. */
export function writeFigures(path: string, rows: ReadonlyMap<string, PresetRow>): void {
  const nameOf = ({ method, task }: PresetRow): string => `${method}/${task}`;
  const sorted = [...rows].sort(([, a], [, b]) => nameOf(a).localeCompare(nameOf(b), "en"));
  const lines = sorted.map(([key, row]) => `  ${JSON.stringify(key)}: ${JSON.stringify(row)}`);
  writeFileSync(path, `{\n${lines.join(",\n")}\n}\n`);
}

/** A row that was measured and not yet put on a page. */
export const readRow = (path: string): PresetRow => requireRow(JSON.parse(readFileSync(path, "utf8")), path);

function requireRow(value: unknown, path: string): PresetRow {
  if (!isRow(value)) throw new Error(`${path} holds no row of the table`);
  return value;
}

/** The files are this program's own: what they hold is told by two of a row's keys. */
function isRow(value: unknown): value is PresetRow {
  return typeof value === "object" && value !== null && "restored" in value && "evaluations" in value;
}
