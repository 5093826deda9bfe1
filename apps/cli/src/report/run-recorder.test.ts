import type { PipelineEvent } from "@leader/core";
import type { Pipeline, RestoreResult } from "leader-restore";
import { expect, it } from "vitest";
import { RunRecorder } from "./run-recorder.js";

it("shows the steps of the first of several draws, whatever those after it took", async () => {
  const picture = { shape: [1, 3, 4, 4], dtype: "float32", data: new Float32Array(48) } as const;
  const config = { apiVersion: "leader/v1", seed: 0, noise: 0, meanOf: 2 };
  const pipeline = { hash: "ab12", config, pinv: () => Promise.resolve(picture) } as unknown as Pipeline;
  const recorder = new RunRecorder({ input: "a.png", pipeline, image: 0, measurement: picture, reference: undefined });
  const event = (body: object): void => recorder.event({ v: 1, seq: 0, ms: 0, ...body } as PipelineEvent);
  for (const draw of [0, 1]) {
    event({ type: "part-start", part: draw, parts: 2 });
    event({ type: "step-start", ms: 10, step: 0, from: 50, to: 0 });
    event({ type: "step-end", ms: 15 + 100 * draw, step: 0, evaluations: 1 + draw, observed: { uncertainty: 0.5 + draw } });
  }
  const result = {
    image: picture,
    steps: [{ step: 0, decision: { kind: "step", to: 0 }, observed: {} }],
    evaluations: 2,
    noise: 0,
  } as unknown as RestoreResult;
  const { facts } = await recorder.finish(result);
  expect(facts.pipeline.meanOf).toBe(2);
  expect(facts.steps).toEqual([expect.objectContaining({ step: 0, ms: 5, evaluations: 1, observed: { uncertainty: 0.5 } })]);
});
