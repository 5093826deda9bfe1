import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { errorsPage } from "../src/docs/errors-page.js";

it("the generated pages are up to date", () => {
  const { status, stderr } = spawnSync(process.execPath, [fileURLToPath(new URL("../dist/docs/main.js", import.meta.url)), "--check"], {
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});

describe("the page of errors", () => {
  const folder = mkdtempSync(join(tmpdir(), "leader-errors-page-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const pageOf = (table: string): string => {
    const file = join(folder, "error-codes.ts");
    writeFileSync(file, table);
    return errorsPage([{ title: "example", files: [file] }]);
  };

  it("has a sentence and a remedy for every code", () => {
    const entries = readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8")
      .split(/^### /mu)
      .slice(1);
    expect(entries.length).toBeGreaterThan(200);
    const lacking = entries.filter((entry) => !/^\w+\n\n\S[^]*?\n\n\*\*What to do:\*\* \S/u.test(entry));
    expect(lacking.map((entry) => entry.split("\n")[0])).toEqual([]);
  });

  it("finds sentences in the function of another module, and is not written without any", () => {
    writeFileSync(
      join(folder, "said.ts"),
      "export const said = ({ what }: { what: string }) => ({ message: `no ${what}`, hint: 'get some' });",
    );
    const table = (value: string): string =>
      `import { said } from "./said.js";\nexport const errors = defineErrors("LEADER", { LACKING: (p: { what: string }) => (${value}) });`;
    expect(pageOf(table("{ ...said(p), retryable: true }"))).toContain("### LEADER_LACKING\n\nno <what>\n\n**What to do:** get some\n");
    expect(() => pageOf(table("{ ...unknown(p) }"))).toThrow("no sentences were found for LEADER_LACKING");
  });
});
