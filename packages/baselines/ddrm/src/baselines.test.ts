import type { Stage } from "@leader/core";
import { describeBaseline } from "@leader/core/testing";
import plugin from "./plugin.js";

const stage = plugin.stages["ddrm"] as Stage<"baseline">;

describeBaseline("ddrm", stage, { approachesPosteriorMean: [{ noise: 0 }, { noise: 0.05 }, { noise: 0.2 }] });
describeBaseline("ddrm, projected at the end", stage, { options: { finalOutput: "projected" }, hardConsistency: true });
describeBaseline("ddrm, weighed at the end", stage, {
  options: { finalOutput: "weighed" },
  hardConsistency: true,
  approachesPosteriorMean: [{ noise: 0 }, { noise: 0.05 }, { noise: 0.2 }],
});
describeBaseline("ddrm, deterministic", stage, { options: { eta: 0 } });
