import {
  coreErrors,
  defineStage,
  type AnyStage,
  type Denoiser,
  type DenoiserFactory,
  type Level,
  type PriorModulator,
  type UpdateRule,
} from "@leader/core";
import { forward, equalShapes, isLeaderError, type Backend, type DeviceTensor, type HostTensor, type Tensor } from "@leader/graph";
import { referenceBackend } from "@leader/graph/reference";
import ddnm from "@leader/baseline-ddnm";
import leader from "@leader/method";
import { createPipeline, type RestoreResult } from "leader-restore";
import fc from "fast-check";
import type { TortureList } from "../torture-list.js";

const steps = 20;
const shape: readonly number[] = [1, 3, 8, 8];
const stages = ["denoiser", "baseline", "modulator", "device"] as const;
const spreads = ["one pixel", "one channel", "everything"] as const;
const values = [Number.NaN, Infinity, 1e20, 0.5] as const;

/** What goes wrong: in which stage and step, how much of its result, and what it becomes. */
interface Injection {
  readonly stage: (typeof stages)[number];
  readonly step: number;
  readonly spread: (typeof spreads)[number];
  readonly value: number;
}

const all: readonly Injection[] = stages.flatMap((stage) =>
  Array.from({ length: steps }, (_, step) => spreads.flatMap((spread) => values.map((value) => ({ stage, step, spread, value })))).flat(),
);

const size = shape.reduce((a, b) => a * b, 1);
const isHit = ({ spread }: Injection, i: number): boolean =>
  spread === "everything" || (spread === "one channel" ? Math.floor(i / 64) === 1 : i === 77);

/** The tensor as it is, except at the level of the step that is hit. */
function damaged(x: Tensor, level: Level, index: number, injection: Injection): Tensor {
  const constant = (dtype: "bool" | "float32", at: (i: number) => number): Tensor => {
    const numbers = Array.from({ length: size }, (_, i) => at(i));
    return x.trace.constant({ shape: shape, dtype, data: dtype === "bool" ? Uint8Array.from(numbers) : Float32Array.from(numbers) });
  };
  const hit = level.index
    .sub(index)
    .abs()
    .less(0.5)
    .and(constant("bool", (i) => Number(isHit(injection, i))));
  return hit.where(
    constant("float32", () => injection.value),
    x,
  );
}

const anything = { "~standard": { version: 1, vendor: "torture", validate: (value: unknown) => ({ value }) } } as const;

/** The Gaussian prior of which one prediction is damaged. */
const denoiserOf = (injection: Injection, index: number) =>
  defineStage({
    ...leader.stages.gaussian,
    async create(options, environment): Promise<DenoiserFactory> {
      const prior = await leader.stages.gaussian.create(options, environment);
      if (injection.stage !== "denoiser") return prior;
      const broken = (at: Denoiser): Denoiser => ({
        ...at,
        denoise(x, level) {
          const said = at.denoise(x, level);
          return { ...said, x0: damaged(said.x0, level, index, injection) };
        },
      });
      return { schedule: prior.schedule, at: (image) => broken(prior.at(image)) };
    },
  });

/** DDNM+ of which one step is damaged. */
const baselineOf = (injection: Injection, index: number) =>
  defineStage({
    ...ddnm.stages["ddnm-plus"],
    async create(options, environment): Promise<UpdateRule> {
      const rule: UpdateRule = await ddnm.stages["ddnm-plus"].create(options, environment);
      if (injection.stage !== "baseline") return rule;
      return {
        ...rule,
        step(ctx, input, state) {
          const made = rule.step(ctx, input, state);
          return { ...made, x: damaged(made.x, input.from, index, injection) };
        },
      };
    },
  });

/** UCPM of which one result is damaged. */
const modulatorOf = (injection: Injection, index: number) =>
  defineStage({
    ...leader.stages.ucpm,
    async create(options, environment): Promise<PriorModulator> {
      const ucpm: PriorModulator = await leader.stages.ucpm.create(options, environment);
      if (injection.stage !== "modulator") return ucpm;
      return {
        ...ucpm,
        modulate(ctx, input, state) {
          const made = ucpm.modulate(ctx, input, state);
          return { ...made, prior: { ...made.prior, x0: damaged(made.prior.x0, input.from, index, injection) } };
        },
      };
    },
  });

/** A device whose memory goes bad: of the run that belongs to the step, the first image that comes back. */
function backendOf(injection: Injection): AnyStage {
  const inner = referenceBackend({ checkFinite: false });
  const spoil = async (tensor: DeviceTensor): Promise<DeviceTensor> => {
    const { data, ...rest } = await tensor.read();
    return await inner.upload({ ...rest, data: Float32Array.from(data, (v, i) => (isHit(injection, i) ? injection.value : v)) });
  };
  let runs = 0;
  const backend: Backend = forward(inner, {
    compile: async (graph) => {
      const executable = await inner.compile(graph);
      // Graphs that draw from the network, once per step: those whose first output is an image.
      return forward(executable, {
        run: async (inputs) => {
          const outputs = await executable.run(inputs);
          const at = outputs.findIndex((tensor) => equalShapes(tensor.shape, shape));
          if (at < 0 || injection.stage !== "device" || runs++ !== 1 + 2 * injection.step) return outputs;
          const spoilt = await spoil(outputs[at]!);
          return outputs.map((tensor, i) => (i === at ? spoilt : tensor));
        },
      });
    },
  });
  return { kind: "backend", summary: "may be damaged", options: anything, create: () => backend };
}

const y: HostTensor = { shape: shape, dtype: "float32", data: Float32Array.from({ length: size }, (_, i) => Math.sin(i) / 2) };

interface Result {
  readonly result?: RestoreResult;
  readonly error?: unknown;
  /** Indices of the levels that the steps began at. */
  readonly levels: readonly number[];
}

async function restored(injection: Injection, index: number): Promise<Result> {
  const operators = { "@leader/operators": { url: import.meta.resolve("@leader/operators") } };
  const pipeline = await createPipeline(
    {
      noise: 0.05,
      operator: { use: "@leader/operators#inpainting", with: { random: { fraction: 0.5, seed: 1 } } },
      denoiser: { use: denoiserOf(injection, index) },
      modulator: { use: modulatorOf(injection, index) },
      baseline: { use: baselineOf(injection, index) },
      scheduler: { use: "leader#uniform", with: { steps } },
      backend: { use: backendOf(injection) },
    },
    { bundled: operators },
  );
  await using session = await pipeline.open({ isolate: false });
  const run = session.restore(y);
  const levels: number[] = [];
  for await (const event of run.events) if (event.type === "step-start") levels.push(event.from);
  return await run.result.then(
    (result) => ({ result, levels }),
    (error: unknown) => ({ error, levels }),
  );
}

/** Errors: it was not noticed, or too late, or the message names another stage or step. */
function outcomeOf({ stage, step, value }: Injection, { result, error }: Result): string {
  if (!(error instanceof Error)) {
    if (!result!.image.data.every((v) => Math.abs(v) <= 1e4)) throw new Error("a result that is no image was returned");
    if (value !== 0.5) throw new Error("the value was not noticed");
    return `${stage}: an ordinary number, restored`;
  }
  if (!isLeaderError(error)) throw error;
  if (value === 0.5) throw error;
  if (error.code === "LEADER_RESULT_DIVERGED" && step === steps - 1) return `${stage}: caught in the result`;
  const at = Number(/in step (\d+)/u.exec(error.message)?.[1] ?? -1);
  // What a device spoils after the check of its graph is read by the next one, in this step or the next.
  const named = stage === "device" ? /(?:denoiser|baseline|modulator) / : new RegExp(`${stage} `, "u");
  if (!Object.keys(coreErrors).some((name) => error.code.endsWith(name)) || !named.test(error.message)) throw error;
  if (at === step) return `${stage}: caught in its step`;
  if (stage === "device" && at === step + 1) return `${stage}: caught in the next step`;
  throw error;
}

/** Stages and devices that give numbers no image comes from, in every step of a run. */
export function injections(): TortureList<Injection> {
  const none: Injection = { stage: "device", step: 999, spread: "one pixel", value: 0.5 };
  let levels: Promise<readonly number[]> | undefined;
  return {
    name: "injections",
    promise: "NaN, infinity and huge numbers end a run in the step that they appear in, with the name of the stage; ordinary ones do not",
    cases: { quick: 12, full: all.length },
    examples: all,
    generator: fc.constantFrom(...all),
    async check(injection) {
      const known = await (levels ??= restored(none, -1).then((run) => run.levels));
      return outcomeOf(injection, await restored(injection, known[injection.step]!));
    },
  };
}
