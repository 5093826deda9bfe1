import { createStage, describeCompatibility, describePlugin, describeScheduler } from "@leader/core/testing";
import leader from "@leader/method";
import manifest from "../package.json" with { type: "json" };
import plugin from "./index.js";

const stage = plugin.stages["leader-stage-name"];

describePlugin(plugin, manifest, { load: () => import("./plugin.js") });
describeScheduler("leader-stage-name", () => createStage(stage, {}));
describeScheduler("leader-stage-name, one step", () => createStage(stage, { steps: 1 }));
describeCompatibility("leader-stage-name", stage, { plugins: [leader] });
