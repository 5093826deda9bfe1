import { describe, expect, it } from "vitest";
import { linearBetaSchedule } from "./noise-schedule.js";
import { karrasSteps, squareRootSteps, timestepAwareSteps, timeTravelSteps, timeTravelWalk, uniformSteps } from "./step-sequences.js";

const schedule = linearBetaSchedule();
/** Training timesteps of indices, the clean level as -1. */
const timesteps = (indices: readonly number[]): readonly number[] => indices.map((index) => index - 1);

describe("uniformSteps", () => {
  it("visits the usual timesteps", () => {
    expect(timesteps(uniformSteps(schedule, 20))).toEqual([...Array.from({ length: 20 }, (_, k) => 950 - 50 * k), -1]);
    const hundred = timesteps(uniformSteps(schedule, 100));
    expect(hundred.slice(0, 3)).toEqual([990, 980, 970]);
    expect(hundred.slice(-3)).toEqual([10, 0, -1]);
    expect(hundred).toHaveLength(101);
    expect(uniformSteps(schedule, 1)).toEqual([1, 0]);
    expect(timesteps(uniformSteps(schedule, 1000))[0]).toBe(999);
  });
  it.each([0, -1, 1.5, 1001])("refuses %d steps", (steps) => {
    expect(() => uniformSteps(schedule, steps)).toThrow(/from 1 to 1000 steps/);
  });
});

describe("time travel", () => {
  const count = (walk: readonly number[]): { readonly down: number; readonly up: number } => ({
    down: walk.filter((position, i) => i > 0 && position < walk[i - 1]!).length,
    up: walk.filter((position, i) => i > 0 && position > walk[i - 1]!).length,
  });
  it.each([
    [100, 1, 1, 100, 0],
    [100, 2, 2, 198, 98],
    [100, 10, 3, 280, 180],
    [250, 10, 10, 2410, 2160],
  ])("walks T=%d, l=%d, r=%d in %d steps down and %d up", (steps, travelLength, travelRepeat, down, up) => {
    const walk = timeTravelWalk({ steps, travelLength, travelRepeat });
    expect(count(walk)).toEqual({ down, up });
    expect(walk.every((position, i) => i === 0 || Math.abs(position - walk[i - 1]!) === 1)).toBe(true);
  });
  it("walks the example of the paper's algorithm", () => {
    const expected = "9 8 7 6 7 8 7 6 5 4 5 6 5 4 3 2 3 4 3 2 1 0 1 2 1 0 -1";
    expect(timeTravelWalk({ steps: 10, travelLength: 2, travelRepeat: 2 }).join(" ")).toBe(expected);
  });
  it("is the uniform grid without repetition", () => {
    expect(timeTravelSteps(schedule, { steps: 50, travelLength: 5, travelRepeat: 1 })).toEqual(uniformSteps(schedule, 50));
  });
  it("refuses a travel of no length", () => {
    expect(() => timeTravelWalk({ steps: 10, travelLength: 0, travelRepeat: 2 })).toThrow(/`travelLength` of at least 1/);
  });
});

describe("timestepAwareSteps", () => {
  it("visits the published timesteps", () => {
    const visited = timesteps(timestepAwareSteps(schedule, 100));
    expect(visited.slice(0, 10)).toEqual([998, 978, 959, 939, 919, 900, 881, 862, 844, 825]);
    expect(visited.slice(-12)).toEqual([10, 8, 6, 4, 3, 2, 1, 0, 0, 0, 0, -1]);
    expect(visited).toHaveLength(101);
  });
});

describe("squareRootSteps", () => {
  it("visits the published timesteps", () => {
    const twenty = [999, 770, 675, 602, 541, 487, 438, 393, 351, 311, 274, 239, 205, 172, 141, 111, 82, 54, 26, 0, -1];
    expect(timesteps(squareRootSteps(schedule, 20))).toEqual(twenty);
    const hundred = timesteps(squareRootSteps(schedule, 100));
    expect(hundred.slice(0, 10)).toEqual([999, 899, 857, 825, 798, 775, 753, 734, 715, 698]);
    expect(hundred.slice(-6)).toEqual([20, 15, 10, 5, 0, -1]);
  });
});

describe("karrasSteps", () => {
  it("has the noise of DAPS, at the nearest trained levels, each once", () => {
    const levels = karrasSteps(schedule, { steps: 200, sigmaMax: 100, sigmaMin: 0.1, rho: 7 });
    const sigma = (index: number): number => Math.sqrt(1 / schedule.alphaBar[index]! - 1);
    const published = [100, 97.814, 95.67];
    published.forEach((wanted, i) => expect(Math.abs(sigma(levels[i]!) / wanted - 1)).toBeLessThan(0.006));
    expect(sigma(levels[198]!)).toBeCloseTo(0.10607, 2);
    expect(levels.slice(-2)).toEqual([27, 0]);
    expect(levels).toHaveLength(201);
    expect(new Set(levels).size).toBe(201);
  });
  it("refuses a grid that does not fall", () => {
    expect(() => karrasSteps(schedule, { steps: 5, sigmaMax: 1, sigmaMin: 2, rho: 7 })).toThrow(/`sigmaMin` < `sigmaMax`/);
  });
});
