import type { PresetRow, Worth } from "./measure.js";

/** Whether a preset beats what costs nothing, in PSNR. */
export const beatsDoingNothing = ({ restored, pinv, measurement }: PresetRow): boolean =>
  restored.psnr > Math.max(pinv.psnr, measurement?.psnr ?? -Infinity);

export interface PageFacts {
  readonly command: string;
  readonly pictures: string;
  readonly prior: string;
  /** Presets that were not measured yet. */
  readonly missing: readonly string[];
}

/** The page with one table for each task. */
export function presetsPage(rows: readonly PresetRow[], { command, pictures, prior, missing }: PageFacts): string {
  const tasks = [...new Set(rows.map(({ task }) => task))].sort();
  const losers = rows.filter((row) => !beatsDoingNothing(row));
  return [
    "# All presets",
    "",
    `Written by \`${command}\`; not edited by hand.`,
    "",
    `- Pictures: ${pictures}`,
    `- Prior: ${prior}`,
    "- Means over the pictures. *Measurement*: the measurement itself, its pixels repeated where it is smaller, grey where it is grey;",
    "  it is no picture under compressed sensing. *Pseudo-inverse*: A^+ y, clamped to [0,1] as every result.",
    "- A preset in **bold** beats both in PSNR.",
    "- `leader restore y.npy -p presets/<method>/<task>.yaml` runs one; a pipeline builds on one by",
    '  `extends: "@leader/presets#<method>/<task>"` ([composing](composing.md)).',
    "- `npm run gallery -- FOLDER --task all --size 64` shows them all on one picture, with those marked that do not beat both on it.",
    "",
    `${rows.length - losers.length} of ${rows.length} presets that were measured beat both; ` + explained(losers),
    "",
    ...(missing.length === 0 ? [] : [`${missing.length} were not measured yet:`, "", ...byMethod(missing), ""]),
    ...tasks.flatMap((task) => section(task, rows)),
    "## Presets that do not beat both",
    "",
    ...(losers.length === 0 ? ["None."] : losers.map(loserLine)),
    "",
  ].join("\n");
}

function section(task: string, rows: readonly PresetRow[]): readonly string[] {
  const own = rows.filter((row) => row.task === task).toSorted((a, b) => b.restored.psnr - a.restored.psnr);
  const { pinv, measurement } = own[0]!;
  return [
    `## ${task}`,
    "",
    "| | PSNR | LPIPS | evaluations |",
    "| --- | --- | --- | --- |",
    ...(measurement === undefined ? [] : [line("measurement", measurement, "")]),
    line("pseudo-inverse", pinv, ""),
    ...own.map((row) =>
      line(
        beatsDoingNothing(row) ? `**${row.method}**` : row.method,
        row.restored,
        row.evaluations.toFixed(Number.isInteger(row.evaluations) ? 0 : 1),
      ),
    ),
    "",
  ];
}

function explained(losers: readonly PresetRow[]): string {
  const without = losers.filter(({ reason }) => reason === undefined).length;
  return without === 0 ? "no loser is unexplained." : `${without} do not and do not say why.`;
}

const line = (name: string, { psnr, lpips }: Worth, evaluations: string): string =>
  `| ${name} | ${psnr.toFixed(2)} | ${lpips === undefined ? "" : lpips.toFixed(3)} | ${evaluations} |`;

function loserLine({ method, task, restored, pinv, measurement, reason }: PresetRow): string {
  const free = Math.max(pinv.psnr, measurement?.psnr ?? -Infinity).toFixed(2);
  return `- **${method}/${task}**: ${restored.psnr.toFixed(2)} dB, where ${free} cost nothing: ${reason ?? "unexplained"}`;
}

/** `method/task` names, a line for each method. */
function byMethod(names: readonly string[]): readonly string[] {
  const methods = [...new Set(names.map((name) => name.split("/")[0]!))];
  return methods.map((method) => {
    const tasks = names.filter((name) => name.startsWith(`${method}/`)).map((name) => name.slice(method.length + 1));
    return `- ${method}: ${tasks.join(", ")}`;
  });
}
