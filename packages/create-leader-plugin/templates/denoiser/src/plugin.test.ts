import { describeDenoiser, describePlugin } from "@leader/core/testing";
import manifest from "../package.json" with { type: "json" };
import plugin from "./index.js";

const stage = plugin.stages["leader-stage-name"];

describePlugin(plugin, manifest, { load: () => import("./plugin.js") });
describeDenoiser("leader-stage-name", stage);
describeDenoiser("leader-stage-name, dark", stage, { options: { mean: -0.5, deviation: 0.2 }, image: [1, 1, 6, 6] });
