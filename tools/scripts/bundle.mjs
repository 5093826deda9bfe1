#!/usr/bin/env node
// Writes the JavaScript of every package under `packages/` and of the command line: one file for each entry point, and one for each part that
// entry points share.
// Node spends about a millisecond on each module that it finds, reads and links, and a restoration loaded some 450 of ours, most of them
// a second time in the thread that draws noise. The compiler writes the declarations alone.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { isAbsolute, join, relative, resolve } from "node:path";
import { rolldown } from "rolldown";
import { workspacePackages, workspaceRoot } from "./workspace-packages.mjs";

/** What the transpiler writes for `using`: bundled, since it is nobody's dependency. */
const helpers = "@oxc-project/runtime/";

/** Entry points that `exports` does not name, by the folder of their package: modules that are started as a program, process or thread. */
const started = new Map([
  ["packages/leader", ["host/child/main", "host/child/watchdog", "host/run/noise-worker", "picture/heic-decoder"]],
  [
    "apps/cli",
    [
      ...["shortage", "ahead", "run", "worker/main", "worker/import-child", "bench/main"],
      // What a checkout runs beside the program, and what its tests and tools import.
      ...["demo", "gallery", "readme-picture", "main", "bundled", "commands/plugin-check"],
    ],
  ],
]);

/** What a package carries in its own files, of the packages that it depends on: pure JavaScript of many modules. */
const carried = new Map([
  ["packages/graph", ["onnx-buf", "@bufbuild/protobuf"]],
  ["packages/core", ["zod", "ml-matrix"]],
  ["packages/leader", ["yaml", "tsyringe", "reflect-metadata", "es-module-lexer"]],
  ["apps/cli", ["commander"]],
]);
/** Where the others find what one carries for them. */
const shared = new Map([["zod", "@leader/core/zod"]]);

/**
 * What six commands or more share is one part: most of it is needed by each, and in parts of its own it would be forty modules. The parent loads
 * it, so what is only of use to the computing process must be shared by fewer (apps/cli/test/light-child.test.ts). What the program needs
 * before it starts that process, and for its help, stays outside.
 */
const grouped = new Map([
  [
    "apps/cli",
    [
      { name: "shortage", test: /[\\/]shortage\.ts$/, priority: 1 },
      { name: "start", test: /[\\/](?:exit-codes|version)\.ts$/, priority: 1 },
      { name: "common", minShareCount: 6 },
    ],
  ],
]);

/**
 * @param {string} name of an import
 * @param {readonly string[]} packages
 */
const isOf = (name, packages) => packages.some((one) => name === one || name.startsWith(`${one}/`));

/**
 * What is left out of the files of a package. What other packages bring along stays theirs: two copies of the contract would not know each
 * other's values.
 * @param {import("./workspace-packages.mjs").WorkspacePackage} item
 * @returns {(name: string, importer: string | undefined) => boolean}
 */
function leftOut({ folder }) {
  const own = carried.get(folder) ?? [];
  return (name, importer) => {
    if (name.startsWith(".") || isAbsolute(name) || name.startsWith(helpers) || shared.has(name)) return false;
    // What is carried brings along what it needs itself.
    return !isOf(name, own) && (importer === undefined || !importer.includes("node_modules") || isBuiltin(name));
  };
}

/**
 * Leads imports of what another package carries there, and leaves the languages out that zod speaks beside English.
 * @param {import("./workspace-packages.mjs").WorkspacePackage} item
 * @returns {import("rolldown").Plugin}
 */
function sharing({ folder }) {
  return {
    name: "sharing",
    resolveId: (name) => {
      const id = shared.get(name);
      return id === undefined || carried.get(folder)?.includes(name) ? undefined : { id, external: true };
    },
    load: (id) => (/[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/.test(id) ? 'export { default as en } from "./en.js";' : undefined),
  };
}

/**
 * @param {import("./workspace-packages.mjs").WorkspacePackage} item
 * @returns {Record<string, string>} source file of each entry point, by its path in `dist` without the extension
 */
function entryPoints({ folder, manifest }) {
  const targets = Object.values(manifest.exports ?? {}).flatMap((target) => (typeof target === "string" ? [] : [target.default]));
  const names = [...targets.map((target) => target.replace(/^\.\/dist\/(.*)\.js$/, "$1")), ...(started.get(folder) ?? [])];
  return Object.fromEntries(names.map((name) => [name, join(workspaceRoot, folder, "src", `${name}.ts`)]));
}

/**
 * The licences of what the files carry, which ask to be passed on with it.
 * @param {string} dist
 * @param {import("rolldown").RolldownOutput["output"]} output
 */
function writeNotices(dist, output) {
  const modules = output.flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));
  const folders = new Set(modules.flatMap((id) => /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(id) ?? []));
  const file = join(dist, "third-party-licenses.txt");
  if (folders.size === 0) rmSync(file, { force: true });
  else writeFileSync(file, [...folders].sort().map(notice).join("\n"));
}

/** @param {string} folder of a package */
function notice(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const texts = readdirSync(folder).filter((file) => /^(licen[cs]e|copyright|notice)/i.test(file));
  return [`${name} ${version} (${license})`, ...texts.map((file) => `\n${readFileSync(join(folder, file), "utf8").trim()}\n`)].join("\n");
}

/** @param {import("./workspace-packages.mjs").WorkspacePackage} item */
async function bundle(item) {
  const dist = join(workspaceRoot, item.folder, "dist");
  const build = await rolldown({
    input: entryPoints(item),
    plugins: [sharing(item)],
    external: leftOut(item),
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
  const { output } = await build.write({
    dir: dist,
    format: "es",
    sourcemap: true,
    chunkFileNames: "parts/[name]-[hash].js",
    codeSplitting: { groups: grouped.get(item.folder) ?? [] },
  });
  await build.close();
  writeNotices(dist, output);
  const written = new Set(output.flatMap(({ fileName }) => [fileName, `${fileName}.map`]));
  // After writing, so that a process that runs meanwhile still finds what it loads late.
  for (const file of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
    if (/\.js(\.map)?$/.test(file) && !written.has(file.replaceAll("\\", "/"))) rmSync(join(dist, file));
  }
}

const folders = process.argv.slice(2).map((folder) => relative(workspaceRoot, resolve(folder)).replaceAll("\\", "/"));
// Programs of few modules are the compiler's alone.
/** @param {import("./workspace-packages.mjs").WorkspacePackage} item */
const isBundled = ({ folder, manifest }) => started.has(folder) || (folder.startsWith("packages/") && manifest.bin === undefined);
const bundled = workspacePackages().filter(isBundled);
for (const item of bundled) if (folders.length === 0 || folders.includes(item.folder)) await bundle(item);
