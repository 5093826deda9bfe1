import { linearBetaSchedule, type LinearOperator, type StepScheduler } from "@leader/core";

export const schedule = linearBetaSchedule();

/** Indices visited when every observation is the same, and the journeys back. */
export function visited<S>(
  scheduler: StepScheduler<S>,
  observed: Readonly<Record<string, number>> = {},
  sigmaY = 0,
  operator?: LinearOperator,
): readonly number[] {
  const started = scheduler.start(schedule, sigmaY, operator);
  const levels = [started.from];
  let { from, state } = started;
  for (let number = 0; from > 0; number++) {
    const decided = scheduler.decide({ number, from, observed }, state);
    state = decided.state;
    if (decided.decision.kind === "stop") break;
    levels.push(decided.decision.to);
    if (decided.decision.travelTo !== undefined) levels.push(decided.decision.travelTo);
    from = decided.decision.travelTo ?? decided.decision.to;
  }
  return levels;
}

export const certainty = (uncertainty: number, standardError = 0) => ({ uncertainty, "uncertainty.standardError": standardError });
