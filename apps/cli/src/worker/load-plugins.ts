import { isLeaderError } from "@leader/graph/errors";
import { PluginLoader, type LoadedPlugin } from "leader-restore";
import { bundledOptions } from "../bundled.js";
import { installedPlugins } from "../installed-plugins.js";
import type { PluginRequest } from "./tasks.js";
import type { Warn } from "./warnings.js";

/**
 * The bundled plugins and the named ones; these are resolved from the current folder, and a path names a file. Those that were not asked
 * for by name, because the project here depends on them, are left out with a warning where they cannot be loaded.
 */
export async function loadPlugins({ packages, installed }: PluginRequest, warn: Warn): Promise<readonly LoadedPlugin[]> {
  const { bundled = {} } = await bundledOptions();
  const loader = new PluginLoader({ directory: process.cwd(), bundled, warn });
  const load = (name: string): Promise<LoadedPlugin> => loader.load(name, /^\.{0,2}\//u.test(name));
  const asked = new Set([...loader.bundledNames, ...packages]);
  const found = installed ? installedPlugins(process.cwd()).filter((name) => !asked.has(name)) : [];
  const loaded = await Promise.all([...asked].map(load));
  const besides = await Promise.all(found.map((name) => load(name).catch((error: unknown) => leftOut(error, warn))));
  return [...loaded, ...besides.flatMap((plugin) => (plugin === undefined ? [] : [plugin]))];
}

function leftOut(error: unknown, warn: Warn): undefined {
  if (!isLeaderError(error)) throw error;
  warn(error.code, `${error.message}; it is left out`);
  return undefined;
}
