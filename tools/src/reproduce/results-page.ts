import type { BenchOutput, Judgement, Row } from "./bench-output.js";
import { measuredWith, type BenchSection, type KeptPage } from "./kept-sections.js";

/** Benches that share a page. */
export interface Suite {
  readonly title: string;
  /** Where the bench files are. */
  readonly folder: string;
  /** In the order of the page. */
  readonly benches: readonly string[];
  /** Benches that run at their full size; the others at their quick one. */
  readonly full: readonly string[];
  /** What is to be known before the tables. */
  readonly remark: string;
  /** The bench whose changes are averaged over tasks, and what they are to be compared with. */
  readonly averaged: { readonly bench: string; readonly remark: string };
}

/** What the page says about how it came about. */
export interface Setting {
  readonly suite: Suite;
  /** The command that writes the page again. */
  readonly command: string;
  readonly prior: string;
  readonly images: string;
  /** What was left out, with the reason. */
  readonly missing: readonly string[];
}

/** The options that tell `leader bench` which size to run. */
export const sizeOf = ({ full }: Suite, name: string): readonly string[] => (full.includes(name) ? [] : ["--quick"]);

/**
 * A page of results: the outputs of all benches on one page, with what became of each claim first.
 * @param kept sections of an earlier page, for benches of the suite that were not run this time
 */
export function resultsPage(
  benches: readonly BenchOutput[],
  { suite, command, prior, images, missing }: Setting,
  kept: KeptPage = { sections: new Map(), averages: undefined },
): string {
  const made = new Map(benches.map((bench) => [bench.name, sectionOf(bench, suite, prior)]));
  const sections = suite.benches.flatMap((name) => made.get(name) ?? kept.sections.get(name) ?? []);
  return [
    `# ${suite.title}`,
    `Written by \`${command}\` from the outputs of \`leader bench\`; not edited by hand. The full size is for a graphics processor: see [the bench](bench.md).`,
    [
      "- Date, machine, versions and prior: below the tables of each bench",
      `- Pictures: ${images}; none of them was used for training or tuning`,
      ...missing.map((line) => `- ${line}`),
    ].join("\n"),
    suite.remark,
    "## What holds on our prior",
    "A claim is judged on each task by a paired bootstrap interval of 95 %. *Not significant* is neither a yes nor a no.",
    [...tableHead(["bench", "claim", "verdict"]), ...sections.flatMap(({ claims }) => claims)].join("\n"),
    ...(averagesSection(benches, suite) ?? (kept.averages === undefined ? [] : [kept.averages])),
    ...sections.map(({ text }) => text),
  ]
    .join("\n\n")
    .concat("\n");
}

function sectionOf({ name, table, cost, claims, machine }: BenchOutput, suite: Suite, prior: string): BenchSection {
  const command = ["leader bench -p", `${suite.folder}/${name}.yaml`, ...sizeOf(suite, name)].join(" ");
  const parts = [
    demoted(table)
      .replaceAll(/\]\((frontier-[^)]*\.svg)\)/gu, `](images/${name}-$1)`)
      .trim(),
    `<details><summary>Cost</summary>\n\n${withoutTitle(cost).trim()}\n\n</details>`,
    `\`${command}\`${measuredWith(machine, prior)}`,
  ];
  return { claims: claimLines(name, claims), text: parts.join("\n\n") };
}

const verdicts = ["holds", "does not hold", "not significant", "too few pictures", "not measured"] as const;

/** One line per claim: on which tasks it came to which verdict. */
function claimLines(name: string, claims: readonly Judgement[]): readonly string[] {
  return [...grouped(claims, ({ text }) => text)].map(([text, judgements]) => {
    const met = verdicts.filter((verdict) => judgements.some((judgement) => judgement.verdict === verdict));
    const tasks = met.map((verdict) => {
      const on = judgements.filter((judgement) => judgement.verdict === verdict).map(({ task, evidence }) => `${task} (${evidence})`);
      return `**${verdict}** on ${on.join(", ")}`;
    });
    return tableLine([name, text, tasks.join("; ")]);
  });
}

/** The change of each compared method in percent, mean over the tasks, as the last columns of the paper's Table 1. */
function averagesSection(benches: readonly BenchOutput[], { averaged }: Suite): readonly string[] | undefined {
  const bench = benches.find(({ name }) => name === averaged.bench);
  if (bench === undefined) return undefined;
  const columns = ["psnr", "lpips", "evaluations", "seconds"];
  const compared = bench.tasks[0]?.rows.filter(({ against }) => against !== undefined) ?? [];
  const lines = compared.map(({ method, title, against }) => [
    title,
    ...columns.map((column) => percent(changesOf(bench, method, against!.method, column))),
  ]);
  return [
    "## Average change",
    `Relative to the method without it, mean over the tasks. ${averaged.remark} Seconds were measured on a machine that did other work too: evaluations, which are counted, are the safer measure of time.`,
    [...tableHead(["method", ...columns]), ...lines.map(tableLine)].join("\n"),
  ];
}

function changesOf(bench: BenchOutput, method: string, other: string, column: string): readonly number[] {
  return bench.tasks.flatMap(({ task, rows }) => {
    const valueOf = (name: string): number | undefined =>
      column === "seconds"
        ? bench.costs.find((cost) => cost.task === task && cost.method === name)?.seconds
        : rowOf(rows, name)?.values[column]?.mean;
    const [ours, theirs] = [valueOf(method), valueOf(other)];
    return ours === undefined || theirs === undefined ? [] : [ours / theirs - 1];
  });
}

const rowOf = (rows: readonly Row[], method: string): Row | undefined => rows.find((row) => row.method === method);

function percent(changes: readonly number[]): string {
  if (changes.length === 0) return "";
  const mean = (100 * changes.reduce((a, b) => a + b, 0)) / changes.length;
  return `${mean >= 0 ? "+" : ""}${mean.toFixed(1)} %`;
}

function grouped(claims: readonly Judgement[], keyOf: (claim: Judgement) => string): ReadonlyMap<string, readonly Judgement[]> {
  const groups = new Map<string, Judgement[]>();
  for (const claim of claims) groups.set(keyOf(claim), [...(groups.get(keyOf(claim)) ?? []), claim]);
  return groups;
}

/** A page as a section of another. */
const demoted = (markdown: string): string => markdown.replaceAll(/^#/gmu, "##");

const withoutTitle = (markdown: string): string => markdown.replace(/^# .*\n/u, "");

const tableLine = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
const tableHead = (head: readonly string[]): readonly string[] => [tableLine(head), tableLine(head.map(() => "---"))];
