import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { workspaceRoot } from "../scripts/workspace-packages.mjs";
import { apiReport, hashOfReport, problemOf, reportedEntries, type ReleasedReport } from "../src/api/report.js";

const released = JSON.parse(readFileSync(join(workspaceRoot, "etc/released.json"), "utf8")) as Readonly<Record<string, ReleasedReport>>;

describe.each(reportedEntries)("the public types of $report", (entry) => {
  const report = apiReport(workspaceRoot, entry);

  it("are those of the report in etc/; run `npm run api` and look at the difference", () => {
    expect(report).toBe(readFileSync(join(workspaceRoot, `etc/${entry.report}.api.md`), "utf8"));
    expect(report.length).toBeGreaterThan(3000);
  });

  it("did not change since a release without another version", () => {
    const { version } = JSON.parse(readFileSync(join(workspaceRoot, entry.folder, "package.json"), "utf8")) as { readonly version: string };
    expect(problemOf(report, version, released[entry.report])).toBeUndefined();
    // What the rule is for: the same version with another contract.
    const earlier = { version, sha256: hashOfReport(report.replace("export ", "export declare ")) };
    expect(problemOf(report, version, earlier)).toContain("another version");
    expect(problemOf(report, `${version}1`, earlier)).toBeUndefined();
  });
});
