import type { Bench } from "./bench-file.js";
import { fixed, signed, type Judgement } from "./claims.js";
import type { FrontierJudgement, PointJudgement } from "./frontier.js";
import type { BenchTable, Column, Row, TaskTable } from "./reduce.js";
import { leastPictures, type Difference } from "./statistics.js";

/** The table as text for people. The identity of every column is stated, the paper's numbers stand in columns of their own. */
export function renderMarkdown(
  bench: Bench,
  table: BenchTable,
  judgements: readonly Judgement[],
  frontiers: readonly FrontierJudgement[] = [],
): string {
  const { file } = bench;
  const { title, quick, pictures, size, seeds, columns } = table;
  const setting = `${pictures} picture(s) of ${size}x${size}, seed(s) ${seeds.join(", ")}${quick ? ", quick size" : ""}.`;
  const identities = columns.map(({ name, identity, better }) => `- ${name}: ${identity}, ${better} is better`);
  const paper =
    file.paper === undefined
      ? []
      : [
          `Columns marked "paper" are numbers of ${file.paper.source}, on its own pictures and networks: not ours.${file.paper.note === undefined ? "" : ` ${file.paper.note}`}`,
        ];
  return [
    `# ${title}`,
    setting,
    "Means over pictures with 95 % bootstrap intervals; differences are paired by picture and seed. No correction for the number of comparisons.",
    identities.join("\n"),
    ...paper,
    ...table.tasks.map((task) => renderTask(bench, task, columns)),
    ...(table.trajectory.length === 0 ? [] : [renderTrajectory(table)]),
    ...(frontiers.length === 0 ? [] : [renderFrontiers(table, frontiers)]),
    ...(judgements.length === 0 ? [] : [renderClaims(judgements)]),
  ]
    .join("\n\n")
    .concat("\n");
}

/** Published costs stand beside the measured ones. */
export const isCost = (column: string): boolean => /^(?:seconds|memoryMB)\b/u.test(column);

function renderTask(bench: Bench, { task, title, rows }: TaskTable, columns: readonly Column[]): string {
  const compared = rows.some(({ against }) => against !== undefined);
  const published = [...new Set(rows.flatMap(({ paper }) => Object.keys(paper)))].filter((name) => !isCost(name));
  const head = [
    "method",
    ...columns.flatMap((c) => [labelOf(c), ...(compared ? ["difference"] : [])]),
    "failed",
    ...published.map((name) => `${name} (paper)`),
  ];
  const body = rows.map((row) => [
    row.title,
    ...columns.flatMap((column) => [valueCell(row, column), ...(compared ? [differenceCell(bench, row, column)] : [])]),
    row.skipped ? "" : `${row.failed} of ${row.units}`,
    ...published.map((name) => String(row.paper[name] ?? "")),
  ]);
  return `## ${title}\n\n${markdownTable(head, body)}${title === task ? "" : `\n\nTask \`${task}\`.`}`;
}

const labelOf = ({ name, unit, better }: Column): string => `${name}${unit === "" ? "" : ` [${unit}]`} ${better === "higher" ? "↑" : "↓"}`;

function valueCell(row: Row, { name, digits }: Column): string {
  if (row.skipped) return "n/a";
  const value = row.values[name];
  if (value === undefined) return "failed";
  const interval = value.interval === undefined ? "" : ` [${value.interval.map((v) => fixed(v, digits)).join(", ")}]`;
  return `${fixed(value.mean, digits)}${interval}`;
}

function differenceCell({ file }: Bench, { against, skipped }: Row, { name, digits }: Column): string {
  const change = skipped ? undefined : against?.differences[name];
  if (against === undefined || change === undefined) return "";
  const mark =
    change.significant === undefined
      ? ` (not tested: fewer than ${leastPictures} pictures)`
      : change.significant
        ? ""
        : " (not significant)";
  return `${signed(change.mean, digits)} to ${file.methods[against.method]?.title ?? against.method}${mark}`;
}

function renderTrajectory({ trajectory }: BenchTable): string {
  const head = ["task", "method", "evaluations", "PSNR of the estimate [dB]", "mean predicted variance", "runs"];
  const body = trajectory.map(({ task, method, evaluations, psnr, uncertainty, runs }) => [
    task,
    method,
    String(evaluations),
    fixed(psnr, 2),
    uncertainty?.toFixed(5) ?? "",
    String(runs),
  ]);
  return `## On the way\n\nThe estimate of the clean image after so many evaluations, from 8-bit previews.\n\n${markdownTable(head, body)}`;
}

/** Name of the plot of a task, beside the table. */
export const plotName = (task: string): string => `frontier-${task}.svg`;

function renderFrontiers({ tasks }: BenchTable, frontiers: readonly FrontierJudgement[]): string {
  const head = ["curve", "task", "point", "evaluations", "PSNR at equal LPIPS [dB]", "LPIPS at equal PSNR", "verdict"];
  const body = frontiers.flatMap((frontier) => [
    ...frontier.points.map((point) => [frontier.title, frontier.task, ...pointCells(point)]),
    [frontier.title, frontier.task, "**all points**", "", ...gainCells(frontier), `**${frontier.verdict}**`],
  ]);
  return [
    "## Frontiers",
    'Each point is compared with the other method\'s curve of the nearest number of evaluations, at the place where that curve has the same mean LPIPS (or PSNR); differences are paired by picture. Empty where the curve does not reach that value. A point that beats every point of the curve in both measures is compared with the best of them in each: "at least".',
    markdownTable(head, body),
    ...tasks.map(({ task, title }) => `![${title}](${plotName(task)})`),
  ].join("\n\n");
}

const pointCells = (point: PointJudgement): readonly string[] => [
  point.point.label,
  fixed(point.point.evaluations, 1),
  ...gainCells(point),
  point.verdict,
];

function gainCells({ psnr, lpips, atLeast }: Pick<PointJudgement, "psnr" | "lpips" | "atLeast">): readonly string[] {
  const cell = (change: Difference | undefined, digits: number): string =>
    change === undefined
      ? ""
      : `${atLeast ? "at least " : ""}${signed(change.mean, digits)}${change.interval === undefined ? "" : ` [${change.interval.map((v) => signed(v, digits)).join(", ")}]`}`;
  return [cell(psnr, 2), cell(lpips, 4)];
}

function renderClaims(judgements: readonly Judgement[]): string {
  return `## Claims\n\n${markdownTable(
    ["claim", "task", "verdict", "evidence"],
    judgements.map(({ text, task, verdict, evidence }) => [text, task, `**${verdict}**`, evidence]),
  )}`;
}

/** A table of Markdown; bars in cells are escaped. */
export function markdownTable(head: readonly string[], body: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...body.map(line)].join("\n");
}

/** One line per task, method and column: for spreadsheets and scripts. */
export function renderCsv(table: BenchTable): string {
  const head = [
    "task",
    "method",
    "column",
    "identity",
    "mean",
    "low",
    "high",
    "pictures",
    "units",
    "failed",
    "against",
    "difference",
    "differenceLow",
    "differenceHigh",
    "significant",
    "paper",
  ];
  const lines = table.tasks.flatMap(({ task, rows }) =>
    rows.filter(({ skipped }) => !skipped).flatMap((row) => table.columns.map((column) => csvCells(task, row, column))),
  );
  return [head, ...lines]
    .map((cells) => cells.map(csvField).join(","))
    .join("\n")
    .concat("\n");
}

function csvCells(task: string, row: Row, { name, identity }: Column): readonly (string | number)[] {
  const value = row.values[name];
  const change = row.against?.differences[name];
  return [
    ...[task, row.method, name, identity, value?.mean ?? "", ...(value?.interval ?? ["", ""]), value?.n ?? 0, row.units, row.failed],
    ...[
      row.against?.method ?? "",
      change?.mean ?? "",
      ...(change?.interval ?? ["", ""]),
      String(change?.significant ?? ""),
      row.paper[name] ?? "",
    ],
  ];
}

function csvField(value: string | number): string {
  const text = String(value);
  return /[",\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
