import { existsSync, readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { resolveBeside } from "../standard.js";
import { ownPlugin } from "./own.js";

/** Plugins that an application brings along, by package name; `url` is what `import()` takes, for example from `import.meta.resolve`. */
export type BundledPlugins = Readonly<Record<string, { readonly url: string }>>;

/** What the host reads from a plugin's package.json. */
export interface Manifest {
  readonly path: string;
  readonly name: string;
  readonly version: string | undefined;
  /** `leader.apiVersion` */
  readonly apiVersion: string | undefined;
}

/** Where a plugin was found. */
export interface ResolvedPlugin {
  /** As the pipeline names it. */
  readonly name: string;
  /** Path of its entry file. */
  readonly path: string;
  /** Imports it. */
  readonly load: () => Promise<unknown>;
  /** Absent for a plugin that is a single file. */
  readonly manifest?: Manifest;
}

/**
 * Finds a plugin: what comes with the host, then from the folder of the pipeline file by Node's own rule, then among the bundled ones, then beside
 * this package; nowhere else, and nothing is ever installed. Undefined if it is in none of these places.
 */
export function resolvePlugin(name: string, isFile: boolean, directory: string, bundled: BundledPlugins): ResolvedPlugin | undefined {
  if (isFile) {
    const path = resolve(directory, name);
    return existsSync(path) ? { name, path: realpathSync(path), load: importing(realpathSync(path)) } : undefined;
  }
  const own = ownPlugin(name);
  if (own !== undefined) return { name, load: own.load, ...placeOf(own.package) };
  const path = resolveFrom(directory, name) ?? bundledPath(name, bundled) ?? resolveBeside(name);
  return path === undefined ? undefined : { name, path, load: importing(path), ...manifestOf(name, path) };
}

const importing = (path: string) => (): Promise<unknown> => import(pathToFileURL(path).href);

/** Where a package is that this host depends on; its folder, where its entry is not built. */
function placeOf(name: string): Pick<ResolvedPlugin, "path" | "manifest"> {
  const here = dirname(fileURLToPath(import.meta.url));
  const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
  return { path: resolveFrom(here, name) ?? dirname(manifest), ...manifestOf(name, manifest) };
}

/** The file that a package name means when it is imported from a folder. */
export function resolveFrom(directory: string, name: string): string | undefined {
  try {
    return createRequire(join(directory, "pipeline.yaml")).resolve(name);
  } catch {
    return undefined;
  }
}

function bundledPath(name: string, bundled: BundledPlugins): string | undefined {
  const url = Object.hasOwn(bundled, name) ? bundled[name]?.url : undefined;
  return url === undefined ? undefined : fileURLToPath(url);
}

/** The package.json above a file that bears the package's name; it need not be exported by the package. */
export function manifestOf(name: string, path: string): { readonly manifest?: Manifest } {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = readManifest(join(folder, "package.json"));
    if (manifest?.name === name) return { manifest };
  }
  return {};
}

function readManifest(path: string): Manifest | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const json = JSON.parse(readFileSync(path, "utf8")) as Readonly<Record<string, unknown>>;
    const leader = json["leader"];
    const apiVersion =
      typeof leader === "object" && leader !== null ? (leader as Readonly<Record<string, unknown>>)["apiVersion"] : undefined;
    return { path, name: text(json["name"]) ?? "", version: text(json["version"]), apiVersion: text(apiVersion) };
  } catch {
    return undefined;
  }
}

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
