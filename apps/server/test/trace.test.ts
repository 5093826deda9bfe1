import { expect, test } from "vitest";
import type { Progress } from "leader-restore";
import { Trace, TraceReader } from "../src/jobs/trace.js";
import { messageOf, toldBy } from "../src/queue/restoration-task.js";

const progress = (step: number, evaluations: number, more: Partial<Progress> = {}): Progress => ({
  fraction: 0.5,
  etaSeconds: undefined,
  step,
  maxSteps: 9,
  evaluations,
  ...(step === 0 ? {} : { sigma: 10 / step }),
  ...more,
});

function traceOf(...told: readonly Progress[]): Trace {
  const trace = new Trace();
  for (const one of told) trace.see(one);
  return trace;
}

test("each finished step is traced once, with what was observed in it", () => {
  const { steps } = traceOf(progress(0, 0), progress(1, 1, { uncertainty: 0.2 }), progress(2, 3), progress(2, 3, { fraction: 1 }));
  expect(steps).toEqual([
    { step: 0, sigma: 10, uncertainty: 0.2, evaluations: 1 },
    { step: 1, sigma: 5, evaluations: 3 },
  ]);
});

test("the parts of a picture follow each other; what is tried again begins anew", () => {
  const numbers = (trace: Trace): readonly number[] => trace.steps.map(({ step }) => step);
  expect(numbers(traceOf(progress(1, 1), progress(2, 2), progress(1, 3), progress(2, 4)))).toEqual([0, 1, 0, 1]);
  const again = traceOf(progress(1, 1), progress(2, 2));
  const reader = new TraceReader(again);
  expect(reader.next().map(({ step }) => step)).toEqual([0, 1]);
  expect(reader.next()).toEqual([]);
  for (const one of [progress(0, 0), progress(1, 1), progress(2, 2), progress(3, 3)]) again.see(one);
  expect(numbers(again)).toEqual([0, 1, 2]);
  // As many steps as were told before: they are others nevertheless.
  expect(reader.next().map(({ step }) => step)).toEqual([0, 1, 2]);
});

test("a worker tells of them through the queue", () => {
  const told = { type: "progress", progress: progress(2, 3, { uncertainty: 0.2, etaSeconds: 1 }) } as const;
  expect(toldBy(JSON.parse(JSON.stringify(messageOf(told))))).toEqual(told);
  const early = { type: "progress", progress: progress(0, 0) } as const;
  expect(toldBy(JSON.parse(JSON.stringify(messageOf(early))))).toEqual(early);
});
