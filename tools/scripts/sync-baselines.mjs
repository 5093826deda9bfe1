#!/usr/bin/env node
// Writes what must list the baselines where npm and plain `tsc -b` cannot look into folders. A release runs it: until then a new baseline
// is found by its folder.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { readManifest, workspacePackages, workspaceRoot } from "./workspace-packages.mjs";

/**
 * The solution file of the baselines, and the manifest of the command line, which brings all of them along.
 * @returns {Readonly<Record<string, string>>} contents by path from the workspace root
 */
export function derivedFiles() {
  const baselines = workspacePackages().filter(({ folder }) => folder.startsWith("packages/baselines/"));
  const solution = {
    compilerOptions: { composite: true },
    files: [],
    references: baselines.map(({ folder }) => ({ path: folder })),
  };
  const cli = readManifest("apps/cli");
  const others = Object.entries(cli.dependencies ?? {}).filter(([name]) => !name.startsWith("@leader/baseline-"));
  const brought = baselines.map(({ manifest }) => /** @type {[string, string]} */ ([manifest.name, `^${manifest.version ?? "0.1.0"}`]));
  const dependencies = Object.fromEntries([...others, ...brought].sort(([a], [b]) => (a < b ? -1 : 1)));
  /** @param {unknown} value */
  const text = (value) => `${JSON.stringify(value, undefined, 2)}\n`;
  return { "tsconfig.baselines.json": text(solution), "apps/cli/package.json": text({ ...cli, dependencies }) };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  for (const [file, contents] of Object.entries(derivedFiles())) writeFileSync(join(workspaceRoot, file), contents);
}
