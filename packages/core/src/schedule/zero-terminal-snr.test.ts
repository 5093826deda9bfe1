import { expect, it } from "vitest";
import { cosineSchedule, fromAlphaBar, linearBetaSchedule, scaledLinearSchedule } from "./noise-schedule.js";
import { scheduleOf } from "./schedule-spec.js";
import { zeroTerminalSnr } from "./zero-terminal-snr.js";

const schedule = linearBetaSchedule();

it("keeps the first level, ends in noise, and shifts the roots in between by one line", () => {
  const rescaled = zeroTerminalSnr(schedule);
  expect(rescaled.alphaBar[1]).toBeCloseTo(schedule.alphaBar[1]!, 12);
  expect(rescaled.alphaBar.at(-1)).toBe(rescaled.alphaBar.at(-2)! / 4);
  const shift = (index: number): number => Math.sqrt(schedule.alphaBar[index]!) - Math.sqrt(schedule.alphaBar.at(-1)!);
  expect(Math.sqrt(rescaled.alphaBar[400]! / rescaled.alphaBar[700]!)).toBeCloseTo(shift(400) / shift(700), 10);
  expect(fromAlphaBar([0.9, 0.5, 0]).alphaBar.at(-1)).toBe(2 ** -24);
});

it("makes schedules from what configurations say", async () => {
  const none = (): Promise<never> => Promise.reject(new Error("no file"));
  const last = async (spec: Parameters<typeof scheduleOf>[0]): Promise<number> => (await scheduleOf(spec, none)).alphaBar[500]!;
  expect(await last({ linear: { zeroTerminalSnr: true } })).toBe(zeroTerminalSnr(schedule).alphaBar[500]);
  expect(await last("cosine")).toBe(cosineSchedule().alphaBar[500]);
  expect(await last({ scaledLinear: { start: 0.00085, end: 0.012 } })).toBe(
    scaledLinearSchedule({ start: 0.00085, end: 0.012 }).alphaBar[500],
  );
  // Squares of a line between the roots: half way, the mean of the roots squared.
  const three = scaledLinearSchedule({ steps: 3, start: 0.01, end: 0.09 });
  expect(three.alphaBar[2]! / three.alphaBar[1]!).toBeCloseTo(1 - 0.04, 12);
  expect((await scheduleOf({ betas: [0.1, 0.2] }, none)).alphaBar[2]).toBeCloseTo(0.72, 12);
});
