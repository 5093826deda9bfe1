import { isLeaderError } from "@leader/graph/errors";
import { PluginLoader, type LoadedPlugin } from "leader-restore";
import { bundledOptions } from "../bundled.js";
import { installedPlugins } from "../installed-plugins.js";
import type { PluginRequest } from "./tasks.js";
import type { Ways } from "../telling/ways.js";
import { warningTo, type Warn } from "./warnings.js";

/**
 * The bundled plugins and the named ones; these are resolved from the current folder, and a path names a file. Those that were not asked
 * for by name, because the project here depends on them, are left out with a warning where they cannot be loaded.
 */
export async function loadPlugins({ packages, installed }: PluginRequest, emit: Ways["emit"]): Promise<readonly LoadedPlugin[]> {
  const warn = warningTo(emit);
  const { bundled = {} } = await bundledOptions();
  const loader = new PluginLoader({ directory: process.cwd(), bundled, warn });
  const load = (name: string): Promise<LoadedPlugin> => loader.load(name, /^\.{0,2}\//u.test(name));
  const asked = new Set([...loader.bundledNames, ...packages]);
  const found = installed ? installedPlugins(process.cwd()).filter((name) => !asked.has(name)) : [];
  const loaded = await Promise.all(loader.bundledNames.map(load));
  // One by one, so that whoever supervises this process knows which one blocks.
  for (const name of [...asked].slice(loaded.length)) loaded.push(await telling(name, load, emit));
  for (const name of found) {
    const plugin = await telling(name, load, emit).catch((error: unknown) => leftOut(error, warn));
    if (plugin !== undefined) loaded.push(plugin);
  }
  return loaded;
}

/** Tells which plugin is loaded, and when that is over. */
async function telling<T>(plugin: string, load: (name: string) => Promise<T>, emit: Ways["emit"]): Promise<T> {
  emit({ type: "plugin-load", plugin });
  const loaded = await load(plugin);
  emit({ type: "plugin-loaded", plugin });
  return loaded;
}

function leftOut(error: unknown, warn: Warn): undefined {
  if (!isLeaderError(error)) throw error;
  warn(error.code, `${error.message}; it is left out`);
  return undefined;
}
