import type { Stage } from "@leader/core";
import { describeBaseline } from "@leader/core/testing";
import plugin from "./plugin.js";

const stage = (name: string): Stage<"baseline"> => plugin.stages[name] as Stage<"baseline">;

const cheap = { iterations: 20, odeSteps: 3 };
const steps = [4, 24] as const;

describeBaseline("daps", stage("daps"), { options: cheap, approachesPosteriorMean: [{ noise: 0, within: 0.15 }], steps });
describeBaseline("daps, faithful", stage("daps"), {
  options: { ...cheap, mode: "faithful" },
  approachesPosteriorMean: [{ noise: 0.05 }],
  steps,
});
describeBaseline("daps by Hamiltonian dynamics", stage("daps"), {
  options: { ...cheap, chain: "hamiltonian" },
  approachesPosteriorMean: [{ noise: 0.05 }],
  steps,
});
