import type { SamplerResult, SamplerStages } from "@leader/core";
import { forward } from "@leader/graph";
import { within } from "../compose/stage-errors.js";
import type { Blueprint } from "../config/blueprint.js";

/** The scheduler with its code watched: an exception names it. */
export function guardScheduler(blueprint: Blueprint, scheduler: SamplerStages["scheduler"]): SamplerStages["scheduler"] {
  const name = blueprint.selected.get("scheduler")!;
  return forward(scheduler, {
    maxSteps: (schedule) => within(name, () => scheduler.maxSteps(schedule)),
    start: (schedule, sigmaY) => within(name, () => scheduler.start(schedule, sigmaY)),
    decide: (at, state) => within(name, () => scheduler.decide(at, state)),
  });
}

/** The scheduler with the decisions that it made in another run, whatever is observed in this one. */
export function followingScheduler(scheduler: SamplerStages["scheduler"], steps: SamplerResult["steps"]): SamplerStages["scheduler"] {
  return forward(scheduler, { decide: ({ number }, state) => ({ decision: steps[number]!.decision, state }) });
}
