import type { SamplerStages } from "@leader/core";
import { forward } from "@leader/graph";
import { within } from "../compose/stage-errors.js";
import type { Blueprint } from "../config/blueprint.js";

/** The scheduler with its code watched: an exception names it. */
export function guardScheduler(blueprint: Blueprint, scheduler: SamplerStages["scheduler"]): SamplerStages["scheduler"] {
  const name = blueprint.selected.get("scheduler")!;
  return forward(scheduler, {
    maxSteps: (schedule) => within(name, () => scheduler.maxSteps(schedule)),
    start: (...given) => within(name, () => scheduler.start(...given)),
    decide: (at, state) => within(name, () => scheduler.decide(at, state)),
  });
}
