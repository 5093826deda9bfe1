import type { PipelineEventBody } from "@leader/core";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { partText } from "./doing.js";
import { lineProgress } from "./progress.js";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

function told() {
  const lines: string[] = [];
  const progress = lineProgress((line) => lines.push(line));
  const event = (body: PipelineEventBody): void => progress.event({ v: 1, seq: 0, ms: 0, ...body });
  return { lines, progress, event };
}

const runStart: PipelineEventBody = { type: "run-start", configHash: "", seed: 0, plugins: [], stages: {}, backend: "", maxSteps: 4 };

it("says what is set up once it takes long, and that it goes on", () => {
  const { lines, progress, event } = told();
  progress.begin("a.png", 1, 1);
  event({ type: "set-up", of: "stages" });
  vi.advanceTimersByTime(1000);
  event({ type: "set-up", of: "operator" });
  vi.advanceTimersByTime(999);
  expect(lines).toEqual(["[1/1] a.png"]);
  vi.advanceTimersByTime(1);
  expect(lines.slice(1)).toEqual(["a.png: setting up the operator for this size"]);
  vi.advanceTimersByTime(30_000);
  expect(lines.slice(2)).toEqual(["a.png: setting up the operator for this size, for 31 s"]);
  event({ type: "set-up", of: "graphs" });
  vi.advanceTimersByTime(2000);
  expect(lines.slice(3)).toEqual(["a.png: tracing the graphs for this size"]);
  progress.end();
  vi.advanceTimersByTime(100_000);
  expect(lines).toHaveLength(4);
});

it("tells the time that is left after the first step, and then now and then", () => {
  const { lines, progress, event } = told();
  progress.begin("a.png", 1, 1);
  event(runStart);
  event({ type: "part-start", part: 0, parts: 2 });
  for (let step = 0; step < 4; step++) {
    event({ type: "step-start", step, from: 1 - step / 4, sigma: 4 - step });
    if (step === 0) vi.advanceTimersByTime(1000);
    event({ type: "schedule-decision", step, from: 1 - step / 4, decision: { kind: "step", to: 0.75 - step / 4 } });
    vi.advanceTimersByTime(10_000);
    event({ type: "step-end", step, evaluations: step + 1, observed: {} });
  }
  event({ type: "run-end", outcome: "completed", reason: "", evaluations: 4 });
  progress.end();
  expect(lines).toEqual([
    "[1/1] a.png",
    "a.png: computing the first step",
    "a.png: part 1 of 2, step 1 of at most 4, about 77 s left",
    "a.png: part 1 of 2, step 3 of at most 4, about 52 s left",
  ]);
});

it("says nothing of what takes no time", () => {
  const { lines, progress, event } = told();
  progress.begin("a.png", 1, 1);
  for (const of of ["stages", "operator", "graphs", "runtime"] as const) event({ type: "set-up", of });
  event(runStart);
  event({ type: "run-end", outcome: "completed", reason: "", evaluations: 4 });
  progress.end();
  vi.advanceTimersByTime(100_000);
  expect(lines).toEqual(["[1/1] a.png"]);
});

it.each([
  [{ part: 3, parts: 6 }, "part 4 of 6"],
  [{ part: 1, parts: 3, draws: 3 }, "draw 2 of 3"],
  [{ part: 7, parts: 12, draws: 3 }, "draw 2 of 3, part 4 of 4"],
])("counts draws and the parts of each: %j", (counted, text) => {
  expect(partText({ v: 1, seq: 0, ms: 0, type: "part-start", ...counted })).toBe(text);
});
