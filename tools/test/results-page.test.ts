import { describe, expect, it } from "vitest";
import type { BenchOutput } from "../src/reproduce/bench-output.js";
import { keptPage } from "../src/reproduce/kept-sections.js";
import { resultsPage } from "../src/reproduce/results-page.js";
import { suites } from "../src/reproduce/suites.js";

const row = (method: string, psnr: number, against?: string) => ({
  method,
  title: method.toUpperCase(),
  failed: 0,
  values: { psnr: { mean: psnr } },
  ...(against === undefined ? {} : { against: { method: against } }),
});

const bench: BenchOutput = {
  name: "table1",
  title: "Table 1",
  tasks: [
    { task: "blur", title: "Blur", rows: [row("plain", 20), row("ours", 21, "plain")] },
    { task: "sr4", title: "SR", rows: [row("plain", 25), row("ours", 24, "plain")] },
  ],
  claims: [
    { text: "ours is better", task: "blur", verdict: "holds", evidence: "difference +1.00 on 6 picture(s)" },
    { text: "ours is better", task: "sr4", verdict: "does not hold", evidence: "difference -1.00 on 6 picture(s)" },
  ],
  machine: "2026-01-01, a machine",
  costs: [
    { task: "blur", method: "plain", seconds: 10 },
    { task: "blur", method: "ours", seconds: 9 },
  ],
  table: "# Table 1\n\n## Blur\n\n| a |\n",
  cost: "# Table 1: cost\n\nmedians\n",
};

describe("the results page", () => {
  const page = resultsPage([bench], {
    suite: suites.paper,
    command: "npm run results",
    prior: "a prior",
    images: "six pictures",
    missing: ["LPIPS was left out"],
  });

  it("says of every claim where it holds and where not, with the evidence", () => {
    expect(page).toContain(
      "| table1 | ours is better | **holds** on blur (difference +1.00 on 6 picture(s)); **does not hold** on sr4 (difference -1.00 on 6 picture(s)) |",
    );
  });

  it("averages relative changes over the tasks that were measured", () => {
    // +5 % and -4 %; seconds of one task only; no LPIPS.
    expect(page).toContain("| OURS | +0.5 % |  |  | -10.0 % |");
  });

  it("states the setting, and holds the tables one level lower", () => {
    for (const text of ["2026-01-01, a machine", "a prior", "six pictures", "LPIPS was left out"]) expect(page).toContain(text);
    expect(page).toMatch(/^## Table 1\n\n### Blur$/mu);
    expect(page.match(/^# .*$/gmu)).toEqual(["# Results"]);
  });

  it("says below each bench when, where and with which prior it was measured", () => {
    expect(page).toMatch(/^`leader bench -p bench\/paper\/table1\.yaml --quick`: 2026-01-01, a machine; a prior$/mu);
  });
});

describe("a page of which some benches are run again", () => {
  const setting = { suite: suites.paper, command: "npm run results", prior: "a prior", images: "six pictures", missing: [] };
  const second: BenchOutput = { ...bench, name: "table2", table: "# Table 2\n\n## Blur\n\n| b |\n", machine: "2026-01-01, a machine" };
  const page = resultsPage([bench, second], setting);

  it("keeps the sections, claims and averages of the others", () => {
    expect(resultsPage([], setting, keptPage(page))).toBe(page);
    const again = { ...second, table: "# Table 2 again\n", machine: "2026-02-02, another", claims: [{ ...bench.claims[0]!, text: "new" }] };
    const renewed = resultsPage([again], { ...setting, prior: "the next prior" }, keptPage(page));
    expect(renewed).toBe(
      resultsPage([bench], setting)
        .trimEnd()
        .replace(/^(\| table1 .*)$/mu, "$1\n| table2 | new | **holds** on blur (difference +1.00 on 6 picture(s)) |") +
        `\n\n## Table 2 again\n\n<details><summary>Cost</summary>\n\nmedians\n\n</details>\n\n\`leader bench -p bench/paper/table2.yaml --quick\`: 2026-02-02, another; the next prior\n`,
    );
    expect(renewed).not.toContain("| b |");
  });

  it("takes the date, the machine and the prior of a section from the head of a page that says them there", () => {
    const old = page
      .replace(/^- Date, machine, versions and prior:.*$/mu, "- Date, machine and versions: 2025-01-01, an old one\n- Prior: the first")
      .replaceAll(/^(`leader bench [^`]*`):.*$/gmu, "$1");
    const lines = resultsPage([], setting, keptPage(old)).match(/^`leader bench .*$/gmu);
    expect(lines).toEqual(
      ["table1", "table2"].map((name) => `\`leader bench -p bench/paper/${name}.yaml --quick\`: 2025-01-01, an old one; the first`),
    );
  });
});
