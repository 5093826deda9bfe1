import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PipelineEvent } from "@leader/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createPipeline, type PipelineObject, type RestoreOptions, type RestoreResult } from "../src/index.js";
import { bundledSources as bundled, directory, furthest, noisyScene } from "./host-fixture.js";

const pipeline: PipelineObject = {
  noise: 0.05,
  operator: { use: "@leader/operators#denoising" },
  // Without correlations a prior sees one pixel: parts and whole differ by rounding alone.
  denoiser: { use: "leader#gaussian", with: { decay: 0 } },
  baseline: { use: "@leader/baseline-ddnm#ddnm-plus" },
  scheduler: { use: "leader#uniform", with: { steps: 6 } },
  backend: { use: "@leader/backend-onnx#cpu" },
};

const y = noisyScene(280, 232);

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "leader-mean-"));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

type Run = RestoreResult & { readonly events: readonly PipelineEvent[] };

/** @param stop at which event the run is cancelled, as a kill would end it */
async function restored(
  meanOf: number | undefined,
  options: RestoreOptions = {},
  stop: (event: PipelineEvent) => boolean = () => false,
): Promise<Run | undefined> {
  const made = await createPipeline(meanOf === undefined ? pipeline : { ...pipeline, meanOf }, { bundled, directory });
  await using session = await made.open({ isolate: false });
  const cancel = new AbortController();
  const run = session.restore(y, { ...options, signal: cancel.signal });
  const events: PipelineEvent[] = [];
  for await (const event of run.events) {
    events.push(event);
    if (stop(event)) cancel.abort();
  }
  const result = await run.result.catch(() => undefined);
  return result && { ...result, events };
}

describe("the mean of several restorations", () => {
  it("is their mean: the first is the one that there would be without, the others have noise of their own", async () => {
    const draws = await Promise.all([0, 1, 2].map(async (k) => (await restored(undefined, { image: (k * 0x9e3779b1) % 2 ** 31 }))!));
    const [first, ...others] = draws.map(({ image }) => image);
    for (const other of others) expect(furthest(first!, other)).toBeGreaterThan(0.05);
    const mean = { ...first!, data: first!.data.map((value, i) => (value + others.reduce((sum, { data }) => sum + data[i]!, 0)) / 3) };
    const result = (await restored(3))!;
    expect(furthest(result.image, mean)).toBeLessThan(1e-6);
    expect(result.evaluations).toBe(draws.reduce((sum, { evaluations }) => sum + evaluations, 0));
    expect(result.steps).toEqual(draws[0]!.steps);
    expect([result.made.meanOf, draws[0]!.made.meanOf, (await restored(1))!.made.meanOf]).toEqual([3, undefined, undefined]);
  });

  it("is the same in parts, which are counted over all draws", async () => {
    const whole = (await restored(2))!;
    const parts = (await restored(2, { parts: 200 }))!;
    expect(furthest(parts.image, whole.image)).toBeLessThan(1e-5);
    const begun = parts.events.flatMap((event) => (event.type === "part-start" ? [[event.part, event.parts, event.draws]] : []));
    const count = 2 * parts.parts!.count;
    expect(begun).toEqual(Array.from({ length: count }, (_, i) => [i, count, 2]));
  });

  it.each([{ parts: "off" }, { parts: 200 }] as const)("goes on where it was killed, with the same bits: %j", async (way) => {
    const untouched = (await restored(3, way))!;
    const interim = join(folder, "kept");
    const parts = untouched.parts?.count ?? 1;
    const killed = await restored(3, { ...way, interim }, (event) => event.type === "part-start" && event.part === parts + 1);
    expect(killed).toBeUndefined();
    const rest = (await restored(3, { ...way, interim }))!;
    expect(rest.resumed!.parts).toBe(parts + 1);
    expect(rest.image.data).toEqual(untouched.image.data);
  });
});
