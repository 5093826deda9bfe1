import { defineStage, type ObservedStep } from "@leader/core";
import { expect, it } from "vitest";
import { createPipeline } from "../src/index.js";
import { bundledSources as bundled, directory, noisyScene } from "./host-fixture.js";

/** Takes one, two or three levels by the last digits of the misfit, which no two parts have in common. */
const byMisfit = defineStage({
  kind: "scheduler",
  summary: "steps as the state says",
  options: { "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) } },
  create: () => ({
    observes: ["misfit"],
    travels: false,
    maxSteps: () => 12,
    start: () => ({ from: 12, state: {} }),
    decide: ({ from, observed }: ObservedStep, state: object) => {
      const stride = 1 + (Math.floor(Math.abs(observed["misfit"]!) * 1e7) % 3);
      return { decision: { kind: "step" as const, to: Math.max(0, from - stride) }, state };
    },
  }),
});

it("lets one part choose the steps and say what is said about the picture for all parts, which where it follows from the state would differ", async () => {
  const object = {
    noise: 0,
    operator: { use: "@leader/operators#super-resolution", with: { factor: 2 } },
    denoiser: { use: "leader#gaussian", with: { decay: 0 } },
    baseline: { use: "@leader/baseline-ddnm#ddnm" },
    modulator: { use: "leader#ucpm" },
    scheduler: { use: byMisfit },
    backend: { use: "@leader/backend-onnx#cpu" },
  };
  const pipeline = await createPipeline(object, { bundled, directory });
  await using session = await pipeline.open({ isolate: false });
  const measurement = noisyScene(140, 140);
  const run = session.restore(measurement, { parts: 200 });
  const walks: number[][] = [];
  const said: (number | undefined)[][] = [];
  for await (const event of run.events) {
    if (event.type === "part-start") {
      walks.push([]);
      said.push([]);
    }
    if (event.type === "step-end") said.at(-1)!.push(event.observed["freshShare"], event.observed["uncertainty.intercept"]);
    if (event.type === "schedule-decision" && event.decision.kind === "step") walks.at(-1)!.push(event.decision.to);
  }
  expect((await run.result).parts!.count).toBe(walks.length);
  expect(walks.length).toBeGreaterThan(3);
  for (const walk of walks) expect(walk).toEqual(walks[0]);
  expect(new Set(said[0]).size).toBeGreaterThan(2);
  for (const part of said) expect(part).toEqual(said[0]);
});
