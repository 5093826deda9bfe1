import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PipelineEvent } from "@leader/core";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createPipeline, type PipelineObject, type RestoreOptions, type RestoreResult } from "../src/index.js";
import { noisyScene } from "./host-fixture.js";

/** What is kept of a picture while it is restored, and goes on after a kill. */

const source = (folder: string) => ({ url: new URL(`../../${folder}/src/index.ts`, import.meta.url).href });
const bundled = {
  "@leader/operators": source("operators"),
  "@leader/baseline-ddnm": source("baselines/ddnm"),
  "@leader/baseline-samplers": source("baselines/samplers"),
  "@leader/backend-onnx": source("backends/onnx"),
};
const directory = fileURLToPath(new URL(".", import.meta.url));

const pipeline: PipelineObject = {
  noise: 0.05,
  operator: { use: "@leader/operators#denoising" },
  denoiser: { use: "leader#gaussian", with: { decay: 0 } },
  baseline: { use: "@leader/baseline-ddnm#ddnm-plus" },
  modulator: { use: "leader#ucpm" },
  scheduler: { use: "leader#satp" },
  backend: { use: "@leader/backend-onnx#cpu" },
};

const y = noisyScene(280, 232);

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "leader-interim-"));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

const at = (name: string): string => join(folder, name);

/** Restores; `stop` tells at which event the run is cancelled, as a kill would end it. */
async function restored(
  options: RestoreOptions,
  stop: (event: PipelineEvent) => boolean = () => false,
  changes: Partial<PipelineObject> = {},
): Promise<RestoreResult | undefined> {
  const made = await createPipeline({ ...pipeline, ...changes }, { bundled, directory });
  await using session = await made.open({ isolate: false });
  const cancel = new AbortController();
  const run = session.restore(y, { interim: at("kept"), ...options, signal: cancel.signal });
  for await (const event of run.events) if (stop(event)) cancel.abort();
  return await run.result.catch(() => undefined);
}

/** Every look at the clock is six seconds later: a state is due after every step. */
function hurry(): void {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => (now += 6000));
}

/** The part that chooses the steps is sampled first, whichever it is. */
const aPart = expect.stringMatching(/^part-\d+$/u) as string;

it("goes on after the last finished part and the last state, with the same bits, however often it is killed", async () => {
  const whole = await restored({ parts: 200, interim: at("other") });
  hurry();
  expect(await restored({ parts: 200 }, (event) => event.type === "part-start" && event.part === 1)).toBeUndefined();
  expect(await readdir(at("kept"))).toContainEqual(aPart);
  let steps = 0;
  expect(await restored({ parts: 200 }, (event) => event.type === "step-end" && ++steps === 4)).toBeUndefined();
  expect(await readdir(at("kept"))).toEqual(expect.arrayContaining([aPart, "state"]));
  const rest = await restored({ parts: 200 });
  expect(rest!.resumed!.parts).toBeGreaterThanOrEqual(1);
  expect(rest!.resumed!.step).toBeGreaterThan(0);
  expect(rest!.image.data).toEqual(whole!.image.data);
  expect(rest!.evaluations).toBe(whole!.evaluations);
  expect(whole!.resumed).toBeUndefined();
}, 120_000);

it("goes on at the last state of a picture that is sampled whole", async () => {
  const whole = await restored({ parts: "off", interim: at("other") });
  hurry();
  expect(await restored({ parts: "off" }, (event) => event.type === "step-end" && event.step === 3)).toBeUndefined();
  const rest = await restored({ parts: "off" });
  expect(rest!.resumed).toMatchObject({ parts: 0, step: expect.any(Number) as number });
  expect(rest!.image.data).toEqual(whole!.image.data);
  expect(rest!.steps).toEqual(whole!.steps);
}, 120_000);

it("goes on inside a part whose noise grew with brightness and was made even, with the same bits", async () => {
  const grows = { noise: { black: 0.01, white: 0.12 } };
  const never = () => false;
  const whole = await restored({ parts: 200, interim: at("other") }, never, grows);
  hurry();
  const stopped = await restored({ parts: 200 }, (event) => event.type === "step-end" && event.step === 3, grows);
  expect(stopped).toBeUndefined();
  expect(await readdir(at("kept"))).toContain("state");
  const rest = await restored({ parts: 200 }, never, grows);
  expect(rest!.resumed).toMatchObject({ parts: 0, step: expect.any(Number) as number });
  expect(rest!.resumed!.step).toBeGreaterThan(0);
  expect(rest!.noise).toEqual(grows.noise);
  expect(Buffer.from(rest!.image.data.buffer).equals(Buffer.from(whole!.image.data.buffer))).toBe(true);
  expect(rest!.evaluations).toBe(whole!.evaluations);
}, 120_000);

it("takes over nothing of another seed, and nothing that is torn or changed", async () => {
  const whole = await restored({ parts: 200 });
  expect((await restored({ parts: 200, seed: 7 }))!.resumed).toBeUndefined();
  await restored({ parts: 200 });
  const bytes = await readFile(at("kept/part-0"));
  await writeFile(at("kept/part-0"), bytes.subarray(0, bytes.length - 5));
  const second = await readFile(at("kept/part-1"));
  second[second.length - 9]! ^= 1;
  await writeFile(at("kept/part-1"), second);
  const again = await restored({ parts: 200 });
  expect(again!.resumed!.parts).toBe(again!.parts!.count - 2);
  expect(again!.image.data).toEqual(whole!.image.data);
}, 120_000);

it("costs a warning where the folder cannot be written to", async () => {
  await writeFile(at("file"), "");
  const codes: string[] = [];
  const result = await restored({ parts: 200, interim: at("file/kept") }, (event) => {
    if (event.type === "warning") codes.push(event.code);
    return false;
  });
  expect(result).toBeDefined();
  expect(codes.filter((code) => code === "LEADER_INTERIM_NOT_KEPT")).toHaveLength(1);
}, 120_000);
