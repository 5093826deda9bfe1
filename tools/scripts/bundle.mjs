#!/usr/bin/env node
// Writes the JavaScript of every package under `packages/`: one file for each entry point, and one for each part that entry points share.
// Node spends about a millisecond on each module that it finds, reads and links, and a restoration loaded some 450 of ours, most of them
// a second time in the thread that draws noise. The compiler writes the declarations alone.
import { readdirSync, rmSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { rolldown } from "rolldown";
import { workspacePackages, workspaceRoot } from "./workspace-packages.mjs";

/** What the transpiler writes for `using`: bundled, since it is nobody's dependency. */
const helpers = "@oxc-project/runtime/";

/** Modules that are started as a process or a thread, by the folder of their package: entry points that `exports` does not name. */
const started = new Map([["packages/leader", ["host/child/main", "host/child/watchdog", "host/run/noise-worker"]]]);

/**
 * @param {import("./workspace-packages.mjs").WorkspacePackage} item
 * @returns {Record<string, string>} source file of each entry point, by its path in `dist` without the extension
 */
function entryPoints({ folder, manifest }) {
  const targets = Object.values(manifest.exports ?? {}).flatMap((target) => (typeof target === "string" ? [] : [target.default]));
  const names = [...targets.map((target) => target.replace(/^\.\/dist\/(.*)\.js$/, "$1")), ...(started.get(folder) ?? [])];
  return Object.fromEntries(names.map((name) => [name, join(workspaceRoot, folder, "src", `${name}.ts`)]));
}

/** @param {import("./workspace-packages.mjs").WorkspacePackage} item */
async function bundle(item) {
  const dist = join(workspaceRoot, item.folder, "dist");
  const build = await rolldown({
    input: entryPoints(item),
    // What other packages bring along stays theirs: two copies of the contract would not know each other's values.
    external: (name) => !name.startsWith(".") && !name.startsWith(workspaceRoot) && !name.startsWith(helpers),
    platform: "node",
    treeshake: false,
    transform: { target: "es2022" },
    resolve: { extensionAlias: { ".js": [".ts"] } },
    tsconfig: join(workspaceRoot, "tsconfig.base.json"),
    checks: { ineffectiveDynamicImport: false },
    onLog: (level, log) => {
      if (level === "warn") throw new Error(`${item.folder}: ${log.message}`);
    },
  });
  const { output } = await build.write({ dir: dist, format: "es", sourcemap: true, chunkFileNames: "parts/[name]-[hash].js" });
  await build.close();
  const written = new Set(output.flatMap(({ fileName }) => [fileName, `${fileName}.map`]));
  // After writing, so that a process that runs meanwhile still finds what it loads late.
  for (const file of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
    if (/\.js(\.map)?$/.test(file) && !written.has(file.replaceAll("\\", "/"))) rmSync(join(dist, file));
  }
}

const folders = process.argv.slice(2).map((folder) => relative(workspaceRoot, resolve(folder)).replaceAll("\\", "/"));
// A program of few modules is the compiler's alone.
const bundled = workspacePackages().filter(({ folder, manifest }) => folder.startsWith("packages/") && manifest.bin === undefined);
for (const item of bundled) if (folders.length === 0 || folders.includes(item.folder)) await bundle(item);
