import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ownManifest } from "../../files/built-entry.js";
import { resolveDependency } from "../standard.js";
import { ownPlugin } from "./own.js";
import { memberOf } from "@leader/graph";
import { type BundledPlugins } from "../types.js";

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
  /** Whether the application brings it along, or it lies with the pipeline file. */
  readonly origin: "bundled" | "local";
  /** A package of the same name beside the pipeline file that is not used. */
  readonly shadowed?: string;
  /** Absent for a plugin that is a single file. */
  readonly manifest?: Manifest;
}

/**
 * Finds a plugin: what comes with the host, then among the bundled ones, then from the folder of the pipeline file by Node's own
 * rule; nowhere else, and nothing is ever installed. What lies beside a pipeline from elsewhere can so never take the place of
 * a bundled plugin. Dependencies of this package count as bundled. Undefined if it is in none of these places.
 */
export function resolvePlugin(name: string, isFile: boolean, directory: string, bundled: BundledPlugins): ResolvedPlugin | undefined {
  if (isFile) {
    const path = resolve(directory, name);
    return isFileAt(path) ? { name, path: realpathSync(path), load: importing(realpathSync(path)), origin: "local" } : undefined;
  }
  const own = ownPlugin(name);
  if (own !== undefined) return { name, load: own.load, origin: "bundled", ...placeOf(own.package) };
  const [brought, beside] = [bundledPath(name, bundled) ?? resolveDependency(name), resolveFrom(directory, name)];
  const path = brought ?? beside;
  if (path === undefined) return undefined;
  const shadowed = brought !== undefined && beside !== undefined && !samePackage(name, brought, beside) ? { shadowed: beside } : {};
  const origin = brought === undefined ? "local" : "bundled";
  return { name, path, load: importing(path), origin, ...shadowed, ...manifestOf(name, path) };
}

const isFileAt = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/** Whether two entry files belong to one folder of that name: a package's source and what is built of it are no two packages. */
function samePackage(name: string, a: string, b: string): boolean {
  if (!existsSync(a) || !existsSync(b)) return a === b;
  const [one, other] = [a, b].map((path) => manifestOf(name, realpathSync(path)).manifest?.path);
  return realpathSync(a) === realpathSync(b) || (one !== undefined && one === other);
}

const importing = (path: string) => (): Promise<unknown> => import(pathToFileURL(path).href);

/** Where a package is that this host depends on; its folder, where its entry is not built. */
function placeOf(name: string): Pick<ResolvedPlugin, "path" | "manifest"> {
  const here = dirname(fileURLToPath(import.meta.url));
  const manifest = ownManifest(name);
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
    const json: unknown = JSON.parse(readFileSync(path, "utf8"));
    const apiVersion = memberOf(memberOf(json, "leader"), "apiVersion");
    return { path, name: text(memberOf(json, "name")) ?? "", version: text(memberOf(json, "version")), apiVersion: text(apiVersion) };
  } catch {
    return undefined;
  }
}

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
