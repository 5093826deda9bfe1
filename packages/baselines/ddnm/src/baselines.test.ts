import type { Stage } from "@leader/core";
import { describeBaseline } from "@leader/core/testing";
import plugin from "./plugin.js";

const stage = (name: string): Stage<"baseline"> => plugin.stages[name] as Stage<"baseline">;

describeBaseline("ddnm", stage("ddnm"), { hardConsistency: true });
describeBaseline("ddnm, travelling from the state", stage("ddnm"), { options: { travelFrom: "state" }, hardConsistency: true });
describeBaseline("ddnm, deterministic", stage("ddnm"), { options: { eta: 0 }, hardConsistency: true });
describeBaseline("ddnm-plus", stage("ddnm-plus"), { hardConsistency: true, approachesPosteriorMean: [{ noise: 0.05 }, { noise: 0.2 }] });
describeBaseline("ddnm-plus-simplified", stage("ddnm-plus-simplified"), {
  hardConsistency: true,
  approachesPosteriorMean: [{ noise: 0.05 }],
});
