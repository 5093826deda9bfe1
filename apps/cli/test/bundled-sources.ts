import { readdirSync } from "node:fs";
import type { BundledPlugins } from "leader-restore";
import { sourcePlugins } from "./host-fixture.js";

const baselines = readdirSync(new URL("../../../packages/baselines", import.meta.url));

/** What the command line brings along, from its sources. */
export const bundledSources: BundledPlugins = sourcePlugins({
  "@leader/operators": "operators",
  "@leader/backend-onnx": "backends/onnx",
  ...Object.fromEntries(baselines.map((name) => [`@leader/baseline-${name}`, `baselines/${name}`])),
});
