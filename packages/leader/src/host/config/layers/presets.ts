import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { memberOf } from "@leader/graph";
import { errors } from "../../../error-codes.js";
import { ownManifest } from "../../../files/built-entry.js";
import { nearest } from "../../nearest.js";
import { manifestOf, resolveFrom } from "../../plugins/resolve.js";
import type { BundledPlugins } from "../../types.js";

/** The package of presets that comes along with this one. */
export const standardPresets = "@leader/presets";

/** A preset that was found. */
export interface FoundPreset {
  readonly file: string;
  /** The folder of its package. */
  readonly folder: string;
}

const presetName = /^[A-Za-z0-9][\w.-]*(?:\/[A-Za-z0-9][\w.-]*)*$/u;

/**
 * Finds a preset of an installed package: `<package>#<name>` is the file `<name>.yaml` in the folder that `leader.presets` of its
 * package.json names. No code of the package runs.
 * @param directory where the package is looked for, by Node's own rule, unless it comes along
 * Errors: `PRESETS_NOT_INSTALLED`, `PRESETS_NONE`, `PRESET_NOT_FOUND`.
 */
export function findPreset(packageName: string, name: string, directory: string, bundled: BundledPlugins): FoundPreset {
  const manifest = manifestPath(packageName, directory, bundled);
  if (manifest === undefined) throw errors.PRESETS_NOT_INSTALLED({ package: packageName, directory });
  const folder = dirname(manifest);
  const presets = presetsFolder(folder, manifest);
  if (presets === undefined) throw errors.PRESETS_NONE({ package: packageName });
  const file = join(presets, `${name}.yaml`);
  if (presetName.test(name) && existsSync(file) && isInside(realpathSync(file), realpathSync(folder))) return { file, folder };
  const all = namesIn(presets);
  const [group] = name.split("/");
  const near = all.filter((one) => one.startsWith(`${group ?? ""}/`));
  const known = near.length > 0 ? near : [...new Set(all.map((one) => one.replace(/\/.*$/u, "/...")))];
  throw errors.PRESET_NOT_FOUND({ package: packageName, name, similar: nearest(name, all), known });
}

function manifestPath(name: string, directory: string, bundled: BundledPlugins): string | undefined {
  if (name === standardPresets) return ownManifest(standardPresets);
  const url = Object.hasOwn(bundled, name) ? bundled[name]?.url : undefined;
  if (url !== undefined) return manifestOf(name, fileURLToPath(url)).manifest?.path;
  const direct = resolveFrom(directory, `${name}/package.json`);
  if (direct !== undefined) return direct;
  const entry = resolveFrom(directory, name);
  return entry === undefined ? undefined : manifestOf(name, entry).manifest?.path;
}

/** The folder of a package's presets; undefined if its package.json names none inside the package. */
function presetsFolder(folder: string, manifest: string): string | undefined {
  try {
    const stated = memberOf(memberOf(JSON.parse(readFileSync(manifest, "utf8")), "leader"), "presets");
    if (typeof stated !== "string") return undefined;
    const presets = join(folder, stated);
    return isInside(presets, folder) ? presets : undefined;
  } catch {
    return undefined;
  }
}

/** True if a path is a folder or lies below it, as the two are written. */
export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !/^[A-Za-z]:/u.test(way) && !way.startsWith("/"));
}

/** Names of presets in a folder and the folders below it, but those of packages. */
function namesIn(folder: string, above = ""): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry): readonly string[] => {
    const name = `${above}${entry.name}`;
    if (entry.isDirectory()) return entry.name === "node_modules" ? [] : namesIn(join(folder, entry.name), `${name}/`);
    return entry.isFile() && name.endsWith(".yaml") ? [name.slice(0, -".yaml".length)] : [];
  });
}
