import { API_VERSION, type Plugin } from "@leader/core";
import { LeaderError, memberOf } from "@leader/graph";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { errors } from "../../error-codes.js";
import { nearest } from "../nearest.js";
import { acceptedVersions, isCompatible, isNewer } from "./compatibility.js";
import { describeThrown } from "./origin.js";
import { ownNames, referenceName } from "./own.js";
import type { BundledPlugins } from "../types.js";
import { manifestOf, resolveFrom, resolvePlugin, type ResolvedPlugin } from "./resolve.js";
import { isPlugin, problemOfPlugin } from "./shape.js";
import { ownSeconds } from "../processor-queue.js";

/** Seconds that importing a plugin may take. */
const defaultImportSeconds = 20;

/** Importing a plugin does nothing but define it, so this is generous. */
export interface LoaderOptions {
  /** The folder that relative paths and packages are looked up from. */
  readonly directory: string;
  readonly bundled?: BundledPlugins;
  readonly importSeconds?: number;
  /** `false`: only bundled plugins are loaded. Default `true`. */
  readonly localPlugins?: boolean;
  /** The only plugins that may be named. Default: all that are found. */
  readonly plugins?: readonly string[];
  warn?(code: string, message: string): void;
}

/** A plugin that is loaded and fits this host. */
export interface LoadedPlugin {
  /** Package name, or the path as the pipeline writes it. */
  readonly name: string;
  readonly version: string;
  readonly apiVersion: string;
  /** The file that was imported. */
  readonly path: string;
  readonly origin: ResolvedPlugin["origin"];
  readonly plugin: Plugin;
}

/** Loads plugins, each once. */
export class PluginLoader {
  readonly #options: LoaderOptions;
  readonly #loaded = new Map<string, Promise<LoadedPlugin>>();

  constructor(options: LoaderOptions) {
    this.#options = options;
  }

  /** The names of the plugins that come with the application. */
  get bundledNames(): readonly string[] {
    return [...new Set([...ownNames, ...Object.keys(this.#options.bundled ?? {})])];
  }

  /**
   * Resolves, checks and imports a plugin.
   * Errors: `PLUGIN_NOT_ALLOWED`, `PLUGIN_NOT_FOUND`, `PLUGIN_LOCAL_REFUSED`, `PLUGIN_API_MISMATCH` (before the import where package.json tells), `PLUGIN_API_UNDECLARED`,
   * `PLUGIN_IMPORT_FAILED`, `PLUGIN_IMPORT_TIMEOUT`, `PLUGIN_MALFORMED`, `PLUGIN_API_CONTRADICTION`.
   */
  load(name: string, isFile: boolean): Promise<LoadedPlugin> {
    const known = this.#loaded.get(name);
    if (known !== undefined) return known;
    const loading = this.#load(name, isFile);
    this.#loaded.set(name, loading);
    return loading;
  }

  /** Finds a plugin without running any of its code, and checks its package.json. */
  locate(name: string, isFile: boolean): ResolvedPlugin {
    const { directory, bundled = {}, plugins } = this.#options;
    if (plugins !== undefined && !plugins.map(referenceName).includes(referenceName(name)))
      throw errors.PLUGIN_NOT_ALLOWED({ plugin: name, allowed: plugins.map(referenceName) });
    const found = resolvePlugin(name, isFile, directory, bundled);
    if (found === undefined) throw errors.PLUGIN_NOT_FOUND({ plugin: name, directory, isFile, similar: nearest(name, this.bundledNames) });
    if (found.origin === "local" && this.#options.localPlugins === false)
      throw errors.PLUGIN_LOCAL_REFUSED({ plugin: name, path: found.path });
    if (isFile) return found;
    const { manifest } = found;
    if (manifest?.apiVersion === undefined)
      throw errors.PLUGIN_API_UNDECLARED({ plugin: name, manifest: manifest?.path ?? "its package.json", host: API_VERSION });
    requireCompatible(name, manifest.apiVersion);
    return found;
  }

  async #load(name: string, isFile: boolean): Promise<LoadedPlugin> {
    const found = this.locate(name, isFile);
    const { exported } = await this.#import(name, found);
    if (!isPlugin(exported))
      throw errors.PLUGIN_MALFORMED({ plugin: name, problem: problemOfPlugin(exported) ?? "it changes while it is read" });
    requireCompatible(name, exported.apiVersion);
    const declared = found.manifest?.apiVersion;
    if (declared !== undefined && declared !== exported.apiVersion)
      throw errors.PLUGIN_API_CONTRADICTION({ plugin: name, manifest: declared, object: exported.apiVersion });
    if (found.shadowed !== undefined) this.#warn(errors.PLUGIN_SHADOWED({ plugin: name, used: found.path, ignored: found.shadowed }));
    this.#warnAboutCopies(name, found);
    return {
      name,
      version: found.manifest?.version ?? exported.version,
      apiVersion: exported.apiVersion,
      path: found.path,
      origin: found.origin,
      plugin: exported,
    };
  }

  /** The default export, in a record: a promise would look into the export for a `then`. */
  async #import(name: string, { path, load }: ResolvedPlugin): Promise<{ readonly exported: unknown }> {
    const seconds = this.#options.importSeconds ?? defaultImportSeconds;
    const late = Symbol("late");
    const done = new AbortController();
    const limit = ownSeconds(seconds, done.signal).then(() => late);
    limit.catch(() => undefined);
    try {
      const module = await Promise.race([load(), limit]);
      if (module === late) throw errors.PLUGIN_IMPORT_TIMEOUT({ plugin: name, path, seconds });
      return { exported: memberOf(module, "default") };
    } catch (error) {
      if (error instanceof LeaderError) throw error;
      throw errors.PLUGIN_IMPORT_FAILED({ plugin: name, path, problem: describeThrown(error) }, { cause: error });
    } finally {
      done.abort();
    }
  }

  /** Two copies of the contract work side by side, but hide version differences; say so once per plugin. */
  #warnAboutCopies(name: string, { path, manifest }: ResolvedPlugin): void {
    if (manifest === undefined) return;
    const theirs = resolveFrom(dirname(path), "@leader/core");
    const ours = resolveFrom(dirname(fileURLToPath(import.meta.url)), "@leader/core");
    if (theirs === undefined || ours === undefined || theirs === ours) return;
    this.#warn(errors.CORE_DUPLICATED({ plugin: name, theirs: describeCore(theirs), ours: describeCore(ours) }));
  }

  #warn({ code, message, hint }: LeaderError): void {
    this.#options.warn?.(code, `${message}; ${hint}`);
  }
}

const describeCore = (path: string): string => `${manifestOf("@leader/core", path).manifest?.version ?? "unknown version"} at ${path}`;

function requireCompatible(plugin: string, wants: string): void {
  if (isCompatible(wants, API_VERSION)) return;
  const accepted = acceptedVersions(API_VERSION);
  throw errors.PLUGIN_API_MISMATCH({ plugin, wants, host: API_VERSION, accepted, newer: isNewer(wants, API_VERSION) });
}
