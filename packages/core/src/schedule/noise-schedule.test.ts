import { describe, expect, it } from "vitest";
import { cosineSchedule, fromAlphaBar, levelScalars, linearBetaSchedule } from "./noise-schedule.js";

describe("linearBetaSchedule", () => {
  const schedule = linearBetaSchedule();
  // Numbers of the usual DDPM schedule by training timestep, to the digits that are generally quoted.
  it.each([
    [0, 0.9999, 1e-15],
    [10, 0.997806573, 1e-9],
    [90, 0.913264481, 1e-9],
    [100, 0.895141591, 1e-9],
    [450, 0.125838828, 1e-9],
    [500, 0.077796658, 1e-9],
    [900, 2.7024452e-4, 1e-12],
    [980, 5.90375e-5, 1e-10],
    [990, 4.83704781e-5, 1e-13],
    [999, 4.03582977e-5, 1e-13],
  ])("has the known alphaBar at timestep %d", (t, expected, tolerance) => {
    expect(Math.abs(levelScalars(schedule, t + 1).alphaBar - expected)).toBeLessThan(tolerance);
  });
  it("has the known sigma", () => {
    expect(levelScalars(schedule, 101).sigma).toBeCloseTo(0.342259699, 9);
    expect(levelScalars(schedule, 1000).sigma).toBeCloseTo(157.407281, 6);
  });
  it("starts clean and falls strictly", () => {
    expect(schedule.length).toBe(1001);
    expect(levelScalars(schedule, 0)).toEqual({ index: 0, timestep: -1, alphaBar: 1, sqrtAlphaBar: 1, sqrtOneMinusAlphaBar: 0, sigma: 0 });
    expect(schedule.alphaBar.every((value, i) => i === 0 || value < schedule.alphaBar[i - 1]!)).toBe(true);
    expect(schedule.timestep[1000]).toBe(999);
  });
  it("takes one step", () => {
    expect(Array.from(linearBetaSchedule({ steps: 1 }).alphaBar)).toEqual([1, 0.9999]);
  });
});

describe("cosineSchedule", () => {
  it("follows its formula away from the clipped end", () => {
    const f = (t: number): number => Math.cos((((t / 1000 + 0.008) / 1.008) * Math.PI) / 2) ** 2;
    const schedule = cosineSchedule();
    for (const index of [1, 250, 500, 900]) expect(schedule.alphaBar[index]! / (f(index) / f(0))).toBeCloseTo(1, 12);
    expect(schedule.alphaBar[1000]! / schedule.alphaBar[999]!).toBeCloseTo(0.001, 12);
  });
});

describe("fromAlphaBar", () => {
  it("adds the clean level", () => {
    const schedule = fromAlphaBar([0.9, 0.5, 0.1]);
    expect(Array.from(schedule.alphaBar)).toEqual([1, 0.9, 0.5, 0.1]);
    expect(Array.from(schedule.timestep)).toEqual([-1, 0, 1, 2]);
  });
  it.each([[[0.9, 0.9]], [[1, 0.5]], [[0.5, 0, 0]], [[0.5, NaN]], [[]]])("refuses %j", (values) => {
    expect(() => fromAlphaBar(values)).toThrow(/expected/);
  });
});

describe("levelScalars", () => {
  it.each([-1, 1001, 0.5, NaN])("refuses index %d", (index) => {
    expect(() => levelScalars(linearBetaSchedule(), index)).toThrow(/index from 0 to 1000/);
  });
});
