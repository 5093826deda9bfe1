import { levelScalars } from "@leader/core";
import { createStage, describeScheduler } from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { certainty, schedule, visited } from "../../test/visited.js";
import { fixed, fixedScheduler } from "./fixed.js";
import { fromNoiseScheduler } from "./from-noise.js";
import { karrasScheduler } from "./karras.js";
import { satp, satpScheduler } from "./satp.js";
import { squareRootScheduler } from "./square-root.js";
import { timeTravel, timeTravelScheduler } from "./time-travel.js";
import { uniform, uniformScheduler } from "./uniform.js";

/** The paper's, with the confidence bound. */
const defaults = satp.options.parse({ rule: "paper", budget: 0.01, floor: 0.1, most: null });
/** This project's. */
const byNoise = { ...defaults, rule: "noise", budget: 0.005 } as const;
const byDefault = { ...byNoise, budget: 0.0004, floor: 0.04, most: 20 } as const;

describeScheduler("uniform", () => uniformScheduler({ steps: 100 }));
describeScheduler("uniform, a count that does not divide the schedule", () => uniformScheduler({ steps: 37 }));
describeScheduler("square-root", () => squareRootScheduler({ steps: 100 }));
describeScheduler("karras", () => karrasScheduler({ steps: 200, sigmaMax: 100, sigmaMin: 0.1, rho: 7 }));
describeScheduler("from-noise", () => fromNoiseScheduler({ steps: 4 }));
describeScheduler("fixed", () => fixedScheduler([900, 500, 3]));
describeScheduler("time-travel", () => timeTravelScheduler({ steps: 20, length: 5, repeat: 3 }));
describeScheduler("time-travel with journeys longer than the grid", () => timeTravelScheduler({ steps: 3, length: 5, repeat: 3 }));
describeScheduler("satp", () => satpScheduler(defaults));
describeScheduler("satp, by noise", () => satpScheduler(byNoise));
describeScheduler("satp, by noise, with the most evaluations", () => satpScheduler({ ...byNoise, most: 7 }));
describeScheduler("satp with a large budget", () => satpScheduler({ ...defaults, budget: 5, rho: 2, largestRatio: 2 }));

describe("from-noise", () => {
  it("starts at the lowest level with the noise of the measurement, and ends below it", () => {
    for (const sigmaY of [0.02, 0.1, 0.5]) {
      const [first = 0, ...others] = visited(fromNoiseScheduler({ steps: 1 }), {}, sigmaY);
      expect(levelScalars(schedule, first).sigma).toBeGreaterThanOrEqual(sigmaY);
      expect(levelScalars(schedule, first - 1).sigma).toBeLessThan(sigmaY);
      expect(others).toEqual([0]);
    }
    expect(visited(fromNoiseScheduler({ steps: 3 }), {}, levelScalars(schedule, 90).sigma)).toEqual([90, 60, 30, 0]);
  });

  it("takes what there is where a measurement has no noise, or more than any level", () => {
    expect(visited(fromNoiseScheduler({ steps: 3 }))).toEqual([1, 0]);
    expect(visited(fromNoiseScheduler({ steps: 1 }), {}, 1e6)).toEqual([schedule.length - 1, 0]);
  });
});

describe("square-root", () => {
  it("visits the published timesteps of 20 steps", () => {
    const levels = visited(squareRootScheduler({ steps: 20 }));
    const published = [999, 770, 675, 602, 541, 487, 438, 393, 351, 311, 274, 239, 205, 172, 141, 111, 82, 54, 26, 0];
    expect(levels).toEqual([...published.map((timestep) => timestep + 1), 0]);
  });
});

describe("uniform", () => {
  it("begins at timestep 990 for 100 steps and ends clean", () => {
    const levels = visited(uniformScheduler({ steps: 100 }));
    expect(levels.slice(0, 2)).toEqual([991, 981]);
    expect(levels.slice(-3)).toEqual([11, 1, 0]);
    expect(levels).toHaveLength(101);
  });
  it("refuses more steps than the schedule has", async () => {
    const scheduler = await createStage(uniform, { steps: 1001 });
    expect(() => scheduler.start(schedule)).toThrow(expect.objectContaining({ code: "LEADER_BAD_ARGUMENT" }));
  });
});

describe("satp", () => {
  it("is exactly the uniform grid at B = 0, whatever it observes", () => {
    const expected = visited(uniformScheduler({ steps: 100 }));
    for (const u of [0, 1e-9, 0.1, 1e3]) expect(visited(satpScheduler({ ...defaults, budget: 0 }), certainty(u))).toEqual(expected);
  });
  it("goes floor(eta (B / (U + e))^(1/rho)) positions", () => {
    const first = (options: Partial<Parameters<typeof satpScheduler>[0]>, u: number, se = 0): number => {
      const [from, to] = visited(satpScheduler({ ...defaults, ...options }), certainty(u, se)) as [number, number];
      return (from - to) / 10;
    };
    expect(first({}, 0.0026)).toBe(3);
    expect(first({ eta: 2 }, 0.0026)).toBe(7);
    expect(first({ rho: 2, budget: 0.1 }, 0.001)).toBe(9);
    expect(first({}, 0.02)).toBe(1);
    // Two standard errors count as uncertainty.
    expect(first({}, 0.001, 0.0008)).toBe(3);
    expect(first({ confidence: 0 }, 0.001, 0.0008)).toBe(9);
    // A negative estimate is not a licence to jump, and nothing is more uncertain than the data.
    expect(first({}, -1, 0.001)).toBe(4);
    expect(first({ budget: 1 }, 1e3, 1e3)).toBe(3);
  });
  it("goes to the end when nothing is uncertain, unless it is limited", () => {
    expect(visited(satpScheduler(defaults), certainty(0))).toEqual([991, 0]);
    const { length } = visited(satpScheduler({ ...defaults, largestRatio: 1.3 }), certainty(0));
    expect(length).toBeGreaterThan(20);
    expect(length).toBeLessThan(60);
  });
  it("does not decide without an uncertainty", () => {
    expect(() => visited(satpScheduler(defaults), {})).toThrow(expect.objectContaining({ code: "LEADER_BAD_ARGUMENT" }));
  });
  it.each([10, 100, 250])("divides sigma by no more than the ratio in a step that skips: a grid of %i", (steps) => {
    const every = visited(uniformScheduler({ steps }));
    const levels = visited(satpScheduler({ ...defaults, steps, largestRatio: 1.3 }), certainty(0));
    const sigma = (level: number): number => levelScalars(schedule, level).sigma;
    levels.slice(1).forEach((to, i) => {
      const from = levels[i]!;
      const position = every.indexOf(from);
      // No longer than the ratio allows, unless it is the grid's own step; and as long as that.
      if (to !== every[position + 1]) expect(sigma(from) / sigma(to)).toBeLessThanOrEqual(1.3);
      if (to !== 0) expect(sigma(from) / sigma(every[every.indexOf(to) + 1]!)).toBeGreaterThan(1.3);
    });
    if (steps === 10) expect(levels).toEqual(every);
  });
  it("skips by default", async () => {
    const scheduler = await createStage(satp, {});
    expect(scheduler.maxSteps(schedule)).toBe(20);
    expect(visited(scheduler, certainty(0.01))).toEqual(visited(satpScheduler(byDefault), certainty(0.01)));
  });
});

describe("satp, by noise", () => {
  const sigma = (level: number): number => levelScalars(schedule, level).sigma;
  const every = visited(uniformScheduler({ steps: 100 }));
  /** What a step would leave: U - U' with the precision of the prior carried on. */
  const error = (u: number, from: number, to: number): number => {
    const before = Math.min(u, sigma(from) ** 2);
    return to === 0 ? before : before - 1 / (1 / before - 1 / sigma(from) ** 2 + 1 / sigma(to) ** 2);
  };

  it.each([0.2, 0.02, 0.002])("goes as far as the error stays within the budget, and no further: U = %d", (u) => {
    const levels = visited(satpScheduler(byNoise), certainty(u));
    const allowed = (from: number, to: number): boolean =>
      error(u, from, to) <= 0.005 * ((to === 0 ? 0 : sigma(to)) ** 2 + 0.01) * (1 + 1e-9);
    levels.slice(1).forEach((to, i) => {
      const from = levels[i]!;
      const position = every.indexOf(to);
      // Below the floor nothing is seen any more: the last step.
      if (sigma(from) <= 0.1) {
        expect(to).toBe(0);
        return;
      }
      if (to !== every[every.indexOf(from) + 1]) expect(allowed(from, to)).toBe(true);
      if (to !== 0) expect(allowed(from, every[position + 1]!)).toBe(false);
    });
    expect(levels.length).toBeLessThan(every.length);
  });

  it("takes more steps where more is uncertain, with a smaller budget and with a lower floor", () => {
    const steps = (options: Partial<typeof byNoise> | { readonly budget: number } | { readonly floor: number }, u: number): number =>
      visited(satpScheduler({ ...byNoise, ...options }), certainty(u)).length;
    expect(steps({}, 0.02)).toBeGreaterThan(steps({}, 0.002));
    expect(steps({}, 0.002)).toBeGreaterThan(steps({}, 0));
    expect(steps({ budget: 0.001 }, 0.02)).toBeGreaterThan(steps({}, 0.02));
    expect(steps({}, 0.002)).toBeGreaterThan(steps({ floor: 1 }, 0.002));
  });

  it("is the grid itself without a budget, and one step where nothing is uncertain", () => {
    for (const u of [0, 1e-9, 0.01, 1e3]) expect(visited(satpScheduler({ ...byNoise, budget: 0 }), certainty(u))).toEqual(every);
    expect(visited(satpScheduler(byNoise), certainty(0))).toEqual([991, 0]);
  });

  it("takes an estimate that misses the measurement to be as uncertain as that, up to the variance of the data", () => {
    const missed = (u: number, misfit: number): readonly number[] => visited(satpScheduler(byNoise), { ...certainty(u), misfit });
    expect(missed(0.002, 0.02)).toEqual(visited(satpScheduler(byNoise), certainty(0.02)));
    expect(missed(0.02, 0.002)).toEqual(visited(satpScheduler(byNoise), certainty(0.02)));
    expect(missed(0.02, -0.01)).toEqual(visited(satpScheduler(byNoise), certainty(0.02)));
    expect(missed(0.002, 100)).toEqual(visited(satpScheduler(byNoise), certainty(0.25)));
  });

  it.each([1, 2, 5, 12, 20])("takes no more than the most evaluations, %i, and lengthens its steps evenly for it", (most) => {
    const levels = visited(satpScheduler({ ...byNoise, budget: 1e-9, most }), certainty(0.25));
    expect(levels).toHaveLength(most + 1);
    if (most < 5) return;
    // Even in log sigma down to the floor, as far as the grid allows.
    const lengths = levels.slice(1, -1).map((to, i) => Math.log(sigma(levels[i]!) / sigma(to)));
    const even = Math.log(sigma(991) / 0.1) / (most - 1);
    for (const length of lengths) expect(Math.abs(length / even - 1)).toBeLessThan(0.35);
  });

  it("walks as without a limit where it needs fewer", () => {
    const free = visited(satpScheduler(byNoise), certainty(0.002));
    expect(visited(satpScheduler({ ...byNoise, most: 30 }), certainty(0.002))).toEqual(free);
  });

  it("begins at the first level with no more noise than sigmaMax, at the last one at the latest", () => {
    const from = (sigmaMax: number | null, options: { readonly budget?: number } = {}): readonly number[] =>
      visited(satpScheduler({ ...byNoise, ...options, sigmaMax }), certainty(0.02));
    const first = every.findIndex((level) => sigma(level) <= 1.5);
    expect(sigma(every[first - 1]!)).toBeGreaterThan(1.5);
    expect(from(1.5, { budget: 0 })).toEqual(every.slice(first));
    expect(from(1.5)[0]).toBe(every[first]);
    expect(from(1e9)).toEqual(from(null));
    expect(from(1e-9)).toEqual(every.slice(-2));
  });

  it("reckons with the standard error", () => {
    expect(visited(satpScheduler(byNoise), certainty(0.002, 0.004))).toEqual(visited(satpScheduler(byNoise), certainty(0.01)));
  });
});

describe("time-travel", () => {
  it("walks as RePaint does", () => {
    // 9 8 7 6 (7 8) 7 6 5 4 (5 6) 5 4 3 2 (3 4) 3 2 1 0 (1 2) 1 0 -1, in schedule indices of a grid of 10.
    const walk = [9, 8, 7, 6, 8, 7, 6, 5, 4, 6, 5, 4, 3, 2, 4, 3, 2, 1, 0, 2, 1, 0, -1];
    expect(visited(timeTravelScheduler({ steps: 10, length: 2, repeat: 2 }))).toEqual(walk.map((t) => (t < 0 ? 0 : 100 * t + 1)));
  });
  it.each([
    [100, 1, 1, 100],
    [100, 2, 2, 198],
    [100, 10, 3, 280],
    [250, 10, 10, 2410],
  ])("counts evaluations: %i steps, length %i, repeat %i", (steps, length, repeat, evaluations) => {
    const scheduler = timeTravelScheduler({ steps, length, repeat });
    const levels = visited(scheduler);
    expect(levels.filter((level, i) => i > 0 && level < levels[i - 1]!)).toHaveLength(evaluations);
    expect(scheduler.maxSteps(schedule)).toBe(evaluations);
  });
  it("has defaults", async () => {
    expect((await createStage(timeTravel, {})).maxSteps(schedule)).toBe(198);
  });
});

describe("fixed", () => {
  it("takes timesteps, or indices, from a list or a file", async () => {
    expect(visited(await createStage(fixed, { steps: [500, 100, 0] }))).toEqual([501, 101, 1, 0]);
    expect(visited(await createStage(fixed, { steps: [500, 100, 0], unit: "index" }))).toEqual([500, 100, 0]);
    expect(visited(await createStage(fixed, { steps: [500, -1] }))).toEqual([501, 0]);
    const file = { shape: [2], dtype: "int32", data: Int32Array.of(700, 20) } as const;
    const environment = { resolvePath: String, warn: () => undefined, readArray: () => Promise.resolve(file) };
    expect(visited(await createStage(fixed, { file: "levels.npy" }, environment))).toEqual([701, 21, 0]);
  });
  it.each([{ steps: [10, 20] }, { steps: [10, 10] }, { steps: [-1] }, {}, { steps: [1], file: "a.npy" }])("refuses %j", async (options) => {
    await expect(createStage(fixed, options)).rejects.toMatchObject({ code: "LEADER_BAD_ARGUMENT" });
  });
  it("refuses levels that the schedule does not have", async () => {
    const scheduler = await createStage(fixed, { steps: [1000, 5] });
    expect(() => scheduler.start(schedule)).toThrow(expect.objectContaining({ code: "LEADER_BAD_ARGUMENT" }));
  });
});
