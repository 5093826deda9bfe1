import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SteadyProgress } from "../src/http/steady-progress.js";
import type { JobEvent } from "../src/jobs/job.js";

const progress = (step: number): JobEvent => ({
  type: "progress",
  progress: { fraction: step / 10, etaSeconds: undefined, step, maxSteps: 10, evaluations: step },
});

const over: JobEvent = { type: "state", state: "completed" };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("tells the first progress at once, then the latest of every tenth of a second, and none after what came behind it", () => {
  const told: (number | string)[] = [];
  const steady = new SteadyProgress((event) => told.push(event.type === "progress" ? event.progress.step : event.type));
  for (const step of [1, 2, 3]) steady.see(progress(step));
  expect(told).toEqual([1]);
  vi.advanceTimersByTime(99);
  expect(told).toEqual([1]);
  vi.advanceTimersByTime(2);
  expect(told).toEqual([1, 3]);
  steady.see(progress(4));
  steady.see(over);
  expect(told).toEqual([1, 3, 4, "state"]);
  vi.advanceTimersByTime(1000);
  steady.see(progress(5));
  steady.see(progress(6));
  steady.end();
  vi.advanceTimersByTime(1000);
  expect(told).toEqual([1, 3, 4, "state", 5]);
});
