import { memoryOf, type Graph } from "@leader/graph";
import type { CheckReport } from "../types.js";

const mebibyte = 2 ** 20;
/** What a process takes without a network, and what runtimes take over the bytes of weights and results: measured, docs/performance.md. */
const [processMiB, overWeights] = [110, 1];
export const overActivations = 2.4;

/** The memory that a run of some phases will take: each keeps its network, and one runs at a time. */
export function expectedMemory(graphs: readonly Graph[]): CheckReport["memory"] {
  const each = graphs.map(memoryOf);
  const weightsMiB = Math.max(0, ...each.map(({ weights }) => weights)) / mebibyte;
  const activationsMiB = Math.max(0, ...each.map(({ activations }) => activations)) / mebibyte;
  return { weightsMiB, activationsMiB, peakMiB: processMiB + overWeights * weightsMiB + overActivations * activationsMiB };
}
