import { describeCompatibility, describeModulator, describePlugin } from "@leader/core/testing";
import leader from "@leader/method";
import manifest from "../package.json" with { type: "json" };
import plugin from "./index.js";

const stage = plugin.stages["leader-stage-name"];

describePlugin(plugin, manifest, { load: () => import("./plugin.js") });
describeModulator("leader-stage-name", stage);
describeCompatibility("leader-stage-name", stage, {
  plugins: [leader],
  optionsOf: { "@leader/method#fixed": { steps: [801, 401, 0], unit: "index" } },
});
