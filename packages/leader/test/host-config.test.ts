import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isLeaderError } from "@leader/graph";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formatDiagnostic, loadPipeline, parsePipeline } from "../src/index.js";
import { configFolder, diagnosticsOf } from "./config-fixture.js";
import { fixturePipeline, makeFolder, removeFolder } from "./host-fixture.js";

const cases = new URL("host-cases/", import.meta.url).pathname;

let folder = "";
beforeAll(async () => {
  folder = await configFolder();
});
afterAll(() => removeFolder(folder));

const pathOf = (name = "pipeline.yaml"): string => join(folder, name);

describe("every case of a pipeline that cannot run", () => {
  test.each(readdirSync(cases))("%s", async (name) => {
    const read = (file: string): string => readFileSync(join(cases, name, file), "utf8");
    const set = existsSync(join(cases, name, "set.txt")) ? read("set.txt").trim().split("\n") : [];
    // Only what never loads is not waited for: a busy machine may take a second to import a plugin that does.
    const importSeconds = name === "plugin-never-loads" ? 1 : 20;
    const diagnostics = await diagnosticsOf(
      parsePipeline(read("pipeline.yaml"), pathOf(), { set, importSeconds }).then((pipeline) =>
        pipeline.check({ shape: [1, 1, 4, 4], dtype: "float32" }),
      ),
    );
    expect(diagnostics.length).toBeGreaterThan(0);
    for (const { line, column, length, hint, code } of diagnostics) {
      expect(code).toMatch(/^LEADER_[A-Z_]+$/u);
      expect(hint).not.toBe("");
      expect([line, column, length].every((n) => n !== undefined && n >= 1)).toBe(true);
    }
    const text = diagnostics.map(formatDiagnostic).join("\n\n").replaceAll(folder, "<folder>");
    await expect(`${text}\n`).toMatchFileSnapshot(join(cases, name, "expected.txt"));
  });

  test("plugins of another API version are not even imported", () => {
    const imported = (globalThis as { leaderTestImported?: readonly string[] }).leaderTestImported ?? [];
    expect(imported).not.toContain("acme-old");
    expect(imported).not.toContain("acme-new");
    expect(imported).not.toContain("acme-undeclared");
    expect(imported).toContain("acme-contradiction");
  });
});

describe("texts that no file should hold", () => {
  // The YAML parser is recursive; parsing a deep text twice in one process could abort it, so the guard is asked twice.
  const hostile: readonly (readonly [string, string, string])[] = [
    ["1,000 open brackets", "[".repeat(1000), "LEADER_CONFIG_TOO_LARGE"],
    ["100,000 open braces with quotes that close", '{"]": '.repeat(100_000), "LEADER_CONFIG_TOO_LARGE"],
    ["nested block sequences", "- ".repeat(500) + "x", "LEADER_CONFIG_TOO_LARGE"],
    ["nested block mappings", Array.from({ length: 200 }, (_, i) => `${" ".repeat(i)}a:\n`).join(""), "LEADER_CONFIG_TOO_LARGE"],
    ["explicit keys", "? ".repeat(500) + "x", "LEADER_CONFIG_TOO_LARGE"],
    ["2 MiB", `a: ${"x".repeat(2 << 20)}`, "LEADER_CONFIG_TOO_LARGE"],
    ["40,000 keys", Array.from({ length: 40_000 }, (_, i) => `key${i}: 1\n`).join(""), "LEADER_CONFIG_TOO_LARGE"],
    ["a NUL character", "seed: \0", "LEADER_CONFIG_NOT_TEXT"],
  ];
  test.each(hostile)("%s", async (_name, text, code) => {
    for (let time = 0; time < 2; time++) expect((await diagnosticsOf(parsePipeline(text, "x.yaml"))).map((d) => d.code)).toEqual([code]);
  });

  test("64 levels are not too deep for the parser", async () => {
    const nested = `${"[".repeat(60)}${"]".repeat(60)}`;
    const found = await diagnosticsOf(parsePipeline(fixturePipeline({ noise: nested }), pathOf()));
    expect(found.map((d) => d.code)).toEqual(["LEADER_CONFIG_INVALID_VALUE"]);
  });

  test("a file that is not UTF-8, and one that is missing", async () => {
    const other = await makeFolder();
    const { writeFile } = await import("node:fs/promises");
    await writeFile(join(other, "latin.yaml"), Uint8Array.of(0x61, 0x3a, 0x20, 0xe9));
    expect((await diagnosticsOf(loadPipeline(join(other, "latin.yaml")))).map((d) => d.code)).toEqual(["LEADER_CONFIG_NOT_TEXT"]);
    const missing = await loadPipeline(join(other, "missing.yaml")).catch((error: unknown) => error);
    expect(isLeaderError(missing) && missing.code).toBe("LEADER_FILE_MISSING");
    await removeFolder(other);
  });
});

test("no damaged text does worse than a located error", async () => {
  const good = fixturePipeline({ noise: "0.05", modulator: "\n  use: leader#ucpm\n  with:\n    weight: 1" });
  const scraps = [
    "[",
    "]",
    "{",
    "}",
    ":",
    "- ",
    "? ",
    "*a",
    "&a ",
    "<<",
    "!!x ",
    "@",
    "`",
    '"',
    "'",
    "|",
    ">",
    "%",
    "#",
    "\t",
    "\r",
    "\uFEFF",
    "\u0001",
    "---\n",
    "\n  ",
    "1e-4",
    "0o7",
    "~",
    "__proto__: 1\n",
    "constructor: {}\n",
  ];
  const edit = fc.record({ at: fc.nat(good.length), remove: fc.nat(6), insert: fc.constantFrom("", ...scraps) });
  const property = fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
    const text = edits.reduce((all, { at, remove, insert }) => all.slice(0, at) + insert + all.slice(at + remove), good);
    for (const { code, hint, line, column, length } of await diagnosticsOf(parsePipeline(text, pathOf(), { load: false }))) {
      expect(code).toMatch(/^LEADER_/u);
      expect(hint).not.toBe("");
      expect([line, column, length].every((n) => Number.isInteger(n) && n! >= 1)).toBe(true);
    }
  });
  await fc.assert(property, { numRuns: 400, seed: 1 });
});
