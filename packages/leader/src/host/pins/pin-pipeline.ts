import { defined } from "@leader/graph";
import { existsSync } from "node:fs";
import type { PluginInfo, ResolvedConfig, ResolvedStage } from "../types.js";
import { portableStages, type FilePlaces } from "./named-files.js";
import { hostPins, pinOf } from "./pins.js";
import type { PinnedPipeline } from "../pinned.js";

/** What is pinned of a pipeline that was read. */
export interface Pinnable {
  readonly config: ResolvedConfig;
  readonly plugins: readonly PluginInfo[];
}

/** A pipeline to the byte. Reads every file that it names: networks are hashed, not loaded. */
export async function pinPipeline({ config, plugins }: Pinnable, places: FilePlaces): Promise<PinnedPipeline> {
  const { seed, noise, meanOf } = config;
  const { stages, files } = await portableStages(stagesOf(config), places);
  const pinned = await Promise.all(plugins.filter(({ path }) => existsSync(path)).map(pinOf));
  return { seed, noise, ...defined({ meanOf }), stages, plugins: pinned, host: [...(await hostPins())], files };
}

/** The stages of a configuration by their roles. */
export function stagesOf(config: ResolvedConfig): Record<string, ResolvedStage> {
  const { apiVersion: _version, seed: _seed, noise: _noise, samples: _samples, meanOf: _meanOf, ...stages } = config;
  return stages;
}
