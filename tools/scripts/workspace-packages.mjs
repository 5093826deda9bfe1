import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * @typedef {object} Manifest
 * @property {string} name
 * @property {string} [version]
 * @property {boolean} [private]
 * @property {Readonly<Record<string, string>>} [bin]
 * @property {readonly string[]} [workspaces]
 * @property {Readonly<Record<string, string | { readonly types: string, readonly default: string }>>} [exports]
 * @property {Readonly<Record<string, string>>} [dependencies]
 * @property {Readonly<Record<string, string>>} [devDependencies]
 * @property {Readonly<Record<string, string>>} [peerDependencies]
 * @property {Readonly<Record<string, string>>} [optionalDependencies]
 * @property {{ readonly tags?: readonly string[] }} [nx]
 *
 * @typedef {object} WorkspacePackage
 * @property {string} folder path from the workspace root, with "/"
 * @property {Manifest} manifest
 */

/** The workspace root, found from this file so that the working directory does not matter. */
export const workspaceRoot = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/**
 * @param {string} folder
 * @returns {Manifest}
 */
export function readManifest(folder) {
  return JSON.parse(readFileSync(join(workspaceRoot, folder, "package.json"), "utf8"));
}

/**
 * Every package of the workspace, as the root package.json lists them.
 * @returns {WorkspacePackage[]}
 */
export function workspacePackages() {
  const folders = (readManifest(".").workspaces ?? []).flatMap((pattern) => {
    if (!pattern.endsWith("/*")) return [pattern];
    const parent = pattern.slice(0, -2);
    if (!existsSync(join(workspaceRoot, parent))) return [];
    return readdirSync(join(workspaceRoot, parent))
      .sort()
      .map((name) => `${parent}/${name}`);
  });
  return folders
    .filter((folder) => existsSync(join(workspaceRoot, folder, "package.json")))
    .map((folder) => ({ folder, manifest: readManifest(folder) }));
}

/**
 * Import name → source file for every entry point, read from each package's `exports`,
 * so that tests run from source and a new entry point needs no second listing.
 * @returns {Map<string, string>}
 */
export function sourceEntryPoints() {
  /** @type {Map<string, string>} */
  const entries = new Map();
  for (const { folder, manifest } of workspacePackages()) {
    for (const [subpath, target] of Object.entries(manifest.exports ?? {})) {
      if (typeof target === "string") continue;
      const source = target.default.replace(/^\.\/dist\//, "src/").replace(/\.js$/, ".ts");
      entries.set(manifest.name + subpath.slice(1), join(workspaceRoot, folder, source));
    }
  }
  return entries;
}
