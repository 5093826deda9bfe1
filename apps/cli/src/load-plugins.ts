import { PluginLoader, type LoadedPlugin } from "leader-restore";
import { bundledOptions } from "./bundled.js";

/** The bundled plugins and the named ones; these are resolved from the current folder, and a path names a file. */
export async function loadPlugins(packages: readonly string[]): Promise<readonly LoadedPlugin[]> {
  const { bundled = {} } = await bundledOptions();
  const loader = new PluginLoader({
    directory: process.cwd(),
    bundled,
    warn: (code, message) => void process.stderr.write(`warning ${code}: ${message}\n`),
  });
  const names = [...new Set([...loader.bundledNames, ...packages])];
  return await Promise.all(names.map((name) => loader.load(name, /^\.{0,2}\//u.test(name))));
}
