import type { PresetRow } from "./measure.js";
import { beatsDoingNothing } from "./page.js";

/** Begins the comment of a preset that says why it does not beat the measurement and the pseudo-inverse. */
const mark = "# Below doing nothing: ";

/** The reason that the text of a preset gives for being worth less than what costs nothing; undefined: it gives none. */
export function reasonOf(text: string): string | undefined {
  const lines = text.split("\n");
  const first = lines.findIndex((line) => line.startsWith(mark));
  if (first < 0) return undefined;
  const after = lines.slice(first + 1).findIndex((line) => !line.startsWith("# "));
  const told = [lines[first]!.slice(mark.length), ...lines.slice(first + 1, first + 1 + after).map((line) => line.slice(2))];
  return told.join(" ");
}

/** What is wrong with the reasons of presets that were measured: losers without one, and winners with one. */
export function reasonFaults(rows: readonly PresetRow[]): readonly string[] {
  return rows.flatMap((row) => {
    const [name, beats] = [`${row.method}/${row.task}`, beatsDoingNothing(row)];
    if (!beats && row.reason === undefined) return [`${name}: an unexplained loser; mend its settings, or say why after "${mark.trim()}"`];
    return beats && row.reason !== undefined ? [`${name}: beats both, and says that it does not`] : [];
  });
}
