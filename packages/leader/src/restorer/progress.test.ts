import type { PipelineEvent, PipelineEventBody } from "@leader/core";
import { expect, test } from "vitest";
import { ProgressMeter, type Progress } from "./progress.js";

const begin: PipelineEventBody = {
  type: "run-start",
  configHash: "",
  seed: 0,
  plugins: [],
  stages: {},
  backend: "",
  maxSteps: 2,
};

/** Two steps: one network evaluation each, and the estimate of the first. */
const steps: readonly PipelineEventBody[] = [
  { type: "step-start", step: 0, from: 100, sigma: 12 },
  { type: "schedule-decision", step: 0, from: 100, decision: { kind: "step", to: 50 } },
  { type: "step-end", step: 0, evaluations: 1, observed: { uncertainty: 0.4, "finite.x": 1 } },
  { type: "step-start", step: 1, from: 50, sigma: 3 },
  { type: "schedule-decision", step: 1, from: 50, decision: { kind: "step", to: 0 } },
  { type: "step-end", step: 1, evaluations: 2, observed: {} },
];

function told(events: readonly PipelineEventBody[]): readonly Progress[] {
  const meter = new ProgressMeter();
  return events.flatMap((body, seq) => meter.see({ v: 1, seq, ms: 0, ...body } satisfies PipelineEvent) ?? []);
}

test("a finished step says with which noise it began, and what was predicted in it", () => {
  const seen = told([begin, ...steps]);
  expect(seen.map(({ step, sigma, uncertainty }) => [step, sigma, uncertainty])).toEqual([
    [0, undefined, undefined],
    [1, 12, 0.4],
    [2, 3, undefined],
  ]);
});

test("evaluations of a picture's parts add up", () => {
  const part = (index: number): PipelineEventBody => ({ type: "part-start", part: index, parts: 2 });
  const seen = told([begin, part(0), ...steps, part(1), ...steps]);
  expect(seen.map(({ step, evaluations }) => [step, evaluations])).toEqual([
    [0, 0],
    [1, 1],
    [2, 2],
    [1, 3],
    [2, 4],
  ]);
  const fractions = seen.map(({ fraction }) => fraction);
  expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
});
