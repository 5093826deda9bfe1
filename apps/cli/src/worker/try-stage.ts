import { loadPlugins } from "./load-plugins.js";
import { tryBackend, type Trial, type TrialRequest } from "./trial.js";

/** Tries a backend in this process, which native code may abort. */
export async function tryStage({ plugin, stage }: TrialRequest): Promise<Trial> {
  const loaded = await loadPlugins({ packages: [plugin], installed: false }, () => undefined);
  const found = loaded.find(({ name }) => name === plugin)?.plugin.stages[stage];
  if (found?.kind !== "backend") return { works: false, reason: `${plugin} has no backend \`${stage}\`` };
  return await tryBackend(found);
}
