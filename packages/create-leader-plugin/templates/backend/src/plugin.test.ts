import { describePlugin } from "@leader/core/testing";
import { describeBackend } from "@leader/graph/testing";
import manifest from "../package.json" with { type: "json" };
import plugin, { leaderStageNameBackend } from "./index.js";

describePlugin(plugin, manifest, { load: () => import("./plugin.js") });
// Interpreters leave memory to the garbage collector: leave `memoryRuns` out once the graph runs on a device.
describeBackend("leader-stage-name", leaderStageNameBackend, { memoryRuns: 0 });
