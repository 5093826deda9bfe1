import { describe, expect, it } from "vitest";
import type { NoiseSchedule } from "../contract/denoiser.js";
import type { Decision, StepScheduler } from "../contract/scheduler.js";
import { uniforms } from "@leader/graph";
import { linearBetaSchedule } from "../schedule/noise-schedule.js";

export interface DescribeSchedulerOptions {
  /** Noise schedules to walk on. Default: the linear schedule of 1000 steps. */
  readonly schedules?: readonly NoiseSchedule[];
  /** What an observed scalar may be. Default: from 1e-6 to 1e3, at random. */
  readonly observe?: (name: string, step: number, seed: number) => number;
}

/**
 * Declares the conformance tests of a scheduler: every step goes to a strictly cleaner level, the walk ends at the clean level or with
 * a reason, the same observations give the same decisions, also from a state that was saved as JSON, and no run is longer than promised.
 */
export function describeScheduler<S>(
  name: string,
  make: () => StepScheduler<S> | Promise<StepScheduler<S>>,
  options: DescribeSchedulerOptions = {},
): void {
  const { schedules = [linearBetaSchedule()], observe = anyMagnitude } = options;
  const seeds = [0, 1, 2];
  const eachRun = async (
    check: (walk: Walk, schedule: NoiseSchedule, scheduler: StepScheduler<S>, seed: number) => void,
  ): Promise<void> => {
    const scheduler = await make();
    for (const schedule of schedules) {
      for (const seed of seeds) check(walkOf({ scheduler, schedule, observe, seed }), schedule, scheduler, seed);
    }
  };

  describe(name, () => {
    it("starts inside the schedule, at a noisy level", () =>
      eachRun(({ from }, schedule) => {
        expect(Number.isInteger(from)).toBe(true);
        expect(from).toBeGreaterThan(0);
        expect(from).toBeLessThan(schedule.length);
      }));

    it("goes to strictly cleaner levels, and travels only to noisier ones", () =>
      eachRun(({ decisions, from }, schedule) => {
        let at = from;
        for (const decision of decisions) {
          if (decision.kind === "stop") break;
          expect(Number.isInteger(decision.to)).toBe(true);
          expect(decision.to).toBeLessThan(at);
          expect(decision.to).toBeGreaterThanOrEqual(0);
          if (decision.travelTo !== undefined) {
            expect(decision.travelTo).toBeGreaterThan(decision.to);
            expect(decision.travelTo).toBeLessThan(schedule.length);
          }
          at = decision.travelTo ?? decision.to;
        }
      }));

    it("ends at the clean level or says why not, within the steps it promised", () =>
      eachRun(({ decisions }, schedule, scheduler) => {
        const last = decisions.at(-1)!;
        if (last.kind === "stop") expect(last.reason).not.toBe("");
        else expect(last.to).toBe(0);
        expect(decisions.length).toBeLessThanOrEqual(scheduler.maxSteps(schedule));
      }));

    it("decides the same for the same observations, also from a saved state", () =>
      eachRun((walk, schedule, scheduler, seed) => {
        expect(walkOf({ scheduler, schedule, observe, seed })).toEqual(walk);
        const saved = walkOf({ scheduler, schedule, observe, seed }, (state) => JSON.parse(JSON.stringify(state)) as S);
        expect(saved).toEqual(walk);
      }));
  });
}

interface Walk {
  readonly from: number;
  readonly decisions: readonly Decision[];
}

interface Walked<S> {
  readonly scheduler: StepScheduler<S>;
  readonly schedule: NoiseSchedule;
  readonly observe: (name: string, step: number, seed: number) => number;
  readonly seed: number;
}

function walkOf<S>({ scheduler, schedule, observe, seed }: Walked<S>, carry: (state: S) => S = (state) => state): Walk {
  const started = scheduler.start(schedule);
  const decisions: Decision[] = [];
  let from = started.from;
  let state = carry(started.state);
  // One more than promised, so that a walk that is too long is seen and an endless one ends.
  for (let step = 0; step <= scheduler.maxSteps(schedule) && from > 0; step++) {
    const observed = Object.fromEntries(scheduler.observes.map((name) => [name, observe(name, step, seed)]));
    const decided = scheduler.decide({ number: step, from, observed }, state);
    decisions.push(decided.decision);
    if (decided.decision.kind === "stop") break;
    state = carry(decided.state);
    from = decided.decision.travelTo ?? decided.decision.to;
  }
  return { from: started.from, decisions };
}

const anyMagnitude = (name: string, step: number, seed: number): number => 10 ** (9 * uniforms({ seed, image: 0, step, name }, 1)[0]! - 6);
