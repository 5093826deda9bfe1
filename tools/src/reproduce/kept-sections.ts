/** What a page says of one bench. */
export interface BenchSection {
  /** Lines of the table of claims. */
  readonly claims: readonly string[];
  /** Its tables and plots, and last the command, the date, the machine and the prior. */
  readonly text: string;
}

/** A page as it stands, by its benches. */
export interface KeptPage {
  readonly sections: ReadonlyMap<string, BenchSection>;
  /** The section of average changes. */
  readonly averages: string | undefined;
}

/** The last line of a section: the command, and what it was measured with where the section says so itself. */
const lastLine = /^`leader bench -p \S*?([\w-]+)\.yaml[^`]*`(.*)$/mu;

/** Takes a page apart that `resultsPage` wrote, so that benches which are not run again stay as they are. */
export function keptPage(page: string): KeptPage {
  const [, header = "", rest = ""] = /^([\s\S]*?)^## What holds on our prior$([\s\S]*)/mu.exec(page) ?? [];
  const [claims = "", ...parts] = rest.split(/^(?=## )/mu);
  const averages = parts[0]?.startsWith("## Average change") === true ? parts.shift()?.trim() : undefined;
  const sections = new Map<string, BenchSection>();
  for (let text = parts.join(""); text !== "";) {
    const end = lastLine.exec(text);
    if (end === null) break;
    const [line, name = "", measured = ""] = end;
    const own = measured === "" ? `${text.slice(0, end.index)}${line}${measuredOf(header)}` : text.slice(0, end.index + line.length);
    sections.set(name, { claims: claims.split("\n").filter((row) => row.startsWith(`| ${name} |`)), text: own.trim() });
    text = text.slice(end.index + line.length).trimStart();
  }
  return { sections, averages };
}

/** The end of the last line of a section. */
export const measuredWith = (machine: string, prior: string): string => `: ${machine}; ${prior}`;

/** The same from the list of a page whose sections do not say it themselves. */
function measuredOf(header: string): string {
  const entry = (name: string): string => new RegExp(`^- ${name}: (.*)$`, "mu").exec(header)?.[1] ?? "";
  return measuredWith(entry("Date, machine and versions"), entry("Prior"));
}
