import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { workspaceRoot } from "../scripts/workspace-packages.mjs";

/** Written by `npm run docs`, `npm run presets` and `npm run results`, with tables as wide as what they list. */
const generated = ["errors.md", "frontier.md", "plugin-list.md", "presets.md", "results.md", "stages.md"];
const longest = 140;

const docs = join(workspaceRoot, "docs");
const names = readdirSync(docs).filter((name) => name.endsWith(".md"));
const pages = [join(workspaceRoot, "README.md"), ...names.map((name) => join(docs, name))];
const handwritten = pages.filter((page) => !generated.some((name) => page.endsWith(name)));

it("the generated pages exist, so that none is excepted by mistake", () => {
  expect(names).toEqual(expect.arrayContaining(generated));
});

it.each(handwritten)("no line of %s is too long to be read", (page) => {
  const lines = readFileSync(page, "utf8").split("\n");
  // A row of a table cannot be broken.
  const prose = (line: string): boolean => !line.startsWith("|");
  expect(lines.flatMap((line, i) => (prose(line) && line.length > longest ? [`${i + 1}: ${line}`] : []))).toEqual([]);
});

it.each(pages)("every file that %s links to is there", (page) => {
  const targets = [...readFileSync(page, "utf8").matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/gu)].map(([, target]) => target!);
  expect(targets.filter((target) => !existsSync(join(dirname(page), target)))).toEqual([]);
});
