import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { errors } from "./error-codes.js";
import type { Kind } from "./kinds.js";
import type { Names } from "./names.js";

/** A file of a new plugin: its path with "/", and its text. */
export interface ScaffoldFile {
  readonly path: string;
  readonly text: string;
}

type Json = Readonly<Record<string, unknown>>;

const root = new URL("../", import.meta.url);
const templates = fileURLToPath(new URL("templates/", root));

/**
 * The files of a new plugin with one stage: those that all kinds share, with those of the kind laid over them.
 * @param common folder of the shared files. Default: those of a package of its own
 */
export function scaffoldFiles(kind: Kind, names: Names, common: string = join(templates, "package")): readonly ScaffoldFile[] {
  const files = new Map<string, string>();
  for (const folder of [common, join(templates, kind)]) {
    for (const path of filesBelow(folder)) {
      const text = filled(readFileSync(join(folder, path), "utf8"), kind, names);
      // npm leaves .gitignore out of packages.
      const target = filled(path.split(sep).join("/").replace(/^_/u, "."), kind, names);
      files.set(target, target === "package.json" ? merged(files.get(target), text) : text);
    }
  }
  const manifest = files.get("package.json");
  if (manifest !== undefined) files.set("package.json", withRanges(manifest));
  return [...files].map(([path, text]) => ({ path, text })).sort((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * Writes files into a folder that is empty or does not exist. Errors: `FOLDER_NOT_EMPTY`, `FOLDER_IS_FILE`, before anything is written;
 * `FOLDER_UNUSABLE` where the file system refuses.
 */
export function writeScaffold(folder: string, files: readonly ScaffoldFile[]): void {
  if (existsSync(folder)) {
    if (!statSync(folder).isDirectory()) throw errors.FOLDER_IS_FILE({ folder });
    const holds = readdirSync(folder).filter((name) => name !== ".git");
    if (holds.length > 0) throw errors.FOLDER_NOT_EMPTY({ folder, holds });
  }
  try {
    for (const { path, text } of files) {
      makeFolder(dirname(join(folder, path)));
      writeFileSync(join(folder, path), text);
    }
  } catch (cause) {
    throw errors.FOLDER_UNUSABLE({ folder, problem: cause instanceof Error ? cause.message : String(cause) }, { cause });
  }
}

/** Makes a folder and those above it. Node's own `recursive` never ends where a file system refuses as if the one above were missing, as `/proc` does. */
function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  mkdirSync(path);
}

const filesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));

const filled = (text: string, kind: Kind, names: Names): string =>
  text
    .replaceAll("leader-package-name", names.package)
    .replaceAll("leader-stage-name", names.stage)
    .replaceAll("leader-stage-kind", kind)
    .replaceAll("leaderStageName", names.identifier)
    .replaceAll("LEADER_STAGE_NAME", names.codes);

/** The manifest of a kind states only what it has beyond the shared one. */
function merged(shared: string | undefined, own: string): string {
  if (shared === undefined) return own;
  const manifest = { ...(JSON.parse(shared) as Json) };
  for (const [key, value] of Object.entries(JSON.parse(own) as Readonly<Record<string, Json>>))
    manifest[key] = { ...(manifest[key] as Json | undefined), ...value };
  return JSON.stringify(manifest);
}

/** Puts the versions that this package was released with in place of `*`: its own manifest states them, so a release moves both. */
function withRanges(text: string): string {
  const own = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as Readonly<Record<string, Readonly<Record<string, string>>>>;
  const versions = { ...own["devDependencies"], ...own["dependencies"] };
  const manifest = { ...(JSON.parse(text) as Json) };
  for (const key of ["dependencies", "peerDependencies", "devDependencies"]) {
    const stated = manifest[key] as Readonly<Record<string, string>> | undefined;
    if (stated === undefined) continue;
    const ranges = Object.entries(stated).sort(([a], [b]) => (a < b ? -1 : 1));
    manifest[key] = Object.fromEntries(ranges.map(([name, range]) => [name, range === "*" ? caret(name, versions[name]) : range]));
  }
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

function caret(name: string, version: string | undefined): string {
  if (version === undefined) throw new Error(`internal: the manifest of create-leader-plugin states no version of ${name}`);
  return version.startsWith("^") ? version : `^${version}`;
}
