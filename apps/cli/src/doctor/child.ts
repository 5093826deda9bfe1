import { loadPlugins } from "../load-plugins.js";
import { tryBackend, type Trial } from "./trial.js";

/** A process that tries one backend, named on its command line, and tells the parent: native code may abort it. */
const [plugin = "", stage = ""] = process.argv.slice(2);

async function trial(): Promise<Trial> {
  const found = (await loadPlugins({ packages: [plugin], installed: false }, () => undefined)).find(({ name }) => name === plugin)?.plugin
    .stages[stage];
  if (found?.kind !== "backend") return { works: false, reason: `${plugin} has no backend \`${stage}\`` };
  return await tryBackend(found);
}

const result = await trial();
process.send?.(result, () => process.exit(0));
