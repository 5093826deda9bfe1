import { traceSampler, type SamplerGraphs, type SamplerStages } from "@leader/core";
import { isLeaderError } from "@leader/graph";
import { freshNoiseProblem } from "../compose/capabilities.js";
import { locateStageError } from "../compose/stage-errors.js";
import type { Blueprint } from "../config/blueprint.js";
import { ConfigError } from "../config/diagnostic.js";

/** Traces the stages; errors become problems at the `use:` of the stage they name. */
export function traceStages(blueprint: Blueprint, stages: SamplerStages): SamplerGraphs {
  try {
    return traceSampler(stages);
  } catch (error) {
    if (isLeaderError(error) && error.code === "LEADER_FRESH_NOISE_MISSING") {
      const problem = freshNoiseProblem(blueprint, error.message);
      if (problem !== undefined) throw new ConfigError([problem]);
    }
    throw locateStageError(blueprint, error);
  }
}
