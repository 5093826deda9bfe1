import { readdirSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { join } from "node:path";
import type { HostTensor } from "@leader/graph";
import type { Plugin } from "@leader/core";
import { createTfjsBackend } from "@leader/backend-tfjs";
import { memory } from "@tensorflow/tfjs-core";
import { isConfigError, parsePipeline, type Pipeline, type RestoreResult } from "leader-restore";
import { photoPriorUrl } from "@leader/prior-photo";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeFolder, priorPlugin, removeFolder, sourcePlugins } from "./host-fixture.js";

// One line of a pipeline changes the engine; what is restored, and which steps are taken, must not change with it.
let folder = "";
beforeAll(async () => {
  folder = await makeFolder({ "package.json": '{ "type": "module" }', "prior.js": priorPlugin });
});
afterAll(() => removeFolder(folder));

const baselines = fileURLToPath(new URL("../../../packages/baselines/", import.meta.url));
const packages = readdirSync(baselines);
const bundled = sourcePlugins({
  "@leader/operators": "operators",
  "@leader/backend-onnx": "backends/onnx",
  "@leader/backend-tfjs": "backends/tfjs",
  ...Object.fromEntries(packages.map((name) => [`@leader/baseline-${name}`, `baselines/${name}`])),
});

interface Stages {
  readonly operator: string;
  readonly denoiser: string;
  readonly baseline: string;
  readonly backend: string;
  /** Options of the backend. */
  readonly backendWith?: string;
  readonly more?: string;
}
const load = ({ operator, denoiser, baseline, backend, backendWith = "{}", more = "" }: Stages): Promise<Pipeline> =>
  parsePipeline(
    `apiVersion: leader/v1
operator: ${operator}
denoiser: ${denoiser}
baseline: ${baseline}
backend: { use: "${backend}", with: ${backendWith} }
${more}
`,
    join(folder, "pipeline.yaml"),
    { bundled },
  );

async function restore(pipeline: Pipeline, y: HostTensor): Promise<RestoreResult> {
  await using session = await pipeline.open({ isolate: false });
  return await session.restore(y, { seed: 3 }).result;
}

/** Of images in [-1, 1]. */
function decibels(a: HostTensor, b: HostTensor): number {
  expect(a.shape).toEqual(b.shape);
  const squares = Array.from(a.data).reduce((sum, value, i) => sum + (value - b.data[i]!) ** 2, 0);
  return 10 * Math.log10((4 * a.data.length) / squares);
}

const picture = (size: number): HostTensor => ({
  shape: [1, 3, size, size],
  dtype: "float32",
  data: Float32Array.from({ length: 3 * size * size }, (_, i) => 0.8 * Math.sin(i * 0.37) * Math.cos(i * 0.011)),
});

const superResolution = '{ use: "@leader/operators#super-resolution", with: { factor: 2, method: average-pool } }';

/** Devices that work here; `cpu`, in plain JavaScript, is too slow for networks. */
const devices: string[] = ["wasm"];
for (const device of ["tensorflow", "tensorflow-gpu", "webgpu"] as const) {
  try {
    await (await createTfjsBackend({ prefer: [device] }, { warn: () => undefined }))[Symbol.asyncDispose]();
    devices.push(device);
  } catch {
    test.skip(`${device} cannot be used here`, () => undefined);
  }
}

describe("the same YAML on onnxruntime and on TensorFlow.js: pictures to 60 dB, the same decisions of SATP", () => {
  const stages = {
    operator: superResolution,
    denoiser: `{ use: "leader#onnx-file", with: { path: ${JSON.stringify(fileURLToPath(photoPriorUrl))} } }`,
    baseline: '{ use: "@leader/baseline-ddnm#ddnm" }',
    more: 'modulator: { use: "leader#ucpm" }\nscheduler: { use: "leader#satp", with: { steps: 12, rule: paper, budget: 0.3 } }',
  };
  let y: HostTensor;
  let expected: RestoreResult;
  beforeAll(async () => {
    const onnx = await load({ ...stages, backend: "@leader/backend-onnx#cpu" });
    y = await onnx.degrade(picture(16), { seed: 1 });
    expected = await restore(onnx, y);
  });

  test.each(devices)("%s", { timeout: 120_000 }, async (device) => {
    const before = memory().numTensors;
    const actual = await restore(await load({ ...stages, backend: `@leader/backend-tfjs#${device}` }), y);
    expect(actual.backend).toMatch(new RegExp(`^tfjs .* ${device.split("-")[0]!}`, "u"));
    expect(decibels(actual.image, expected.image)).toBeGreaterThanOrEqual(60);
    expect(actual.steps.map((step) => step.decision)).toEqual(expected.steps.map((step) => step.decision));
    expect(actual.evaluations).toBe(expected.evaluations);
    expect(memory().numTensors).toBe(before);
  });
});

describe("a model is loaded once in a process", () => {
  test.each(["float32", "float16"])("by two pipelines that name the same file, weights as %s", { timeout: 60_000 }, async (weights) => {
    const stages = {
      operator: superResolution,
      denoiser: `{ use: "leader#onnx-file", with: { path: ${JSON.stringify(fileURLToPath(photoPriorUrl))} } }`,
      baseline: '{ use: "@leader/baseline-ddnm#ddnm" }',
      backend: "@leader/backend-tfjs#wasm",
      backendWith: `{ weights: ${weights} }`,
      more: 'scheduler: { use: "leader#uniform", with: { steps: 1 } }',
    };
    const opened = async (): Promise<{ readonly session: AsyncDisposable; readonly bytes: number }> => {
      const before = memory().numBytes;
      const pipeline = await load(stages);
      const session = await pipeline.open({ isolate: false });
      await session.restore(await pipeline.degrade(picture(16), { seed: 1 }), { seed: 3 }).result;
      return { session, bytes: memory().numBytes - before };
    };
    const one = await opened();
    await using first = one.session;
    const other = await opened();
    await using second = other.session;
    expect(second).not.toBe(first);
    // The graphs around the network are each pipeline's own.
    expect(one.bytes).toBeGreaterThan(500_000);
    expect(other.bytes).toBeLessThan(one.bytes / 10);
  });
});

/** Degradations in the order in which they are offered to a baseline. */
const operators = [
  superResolution,
  '{ use: "@leader/operators#inpainting", with: { random: { fraction: 0.5 } } }',
  '{ use: "@leader/operators#denoising" }',
];

const stagesOf = await Promise.all(
  packages.map(async (name) => {
    const { default: plugin } = (await import(pathToFileURL(join(baselines, name, "src/index.ts")).href)) as { readonly default: Plugin };
    return Object.entries(plugin.stages).flatMap(([stage, { kind }]) => (kind === "baseline" ? [`@leader/baseline-${name}#${stage}`] : []));
  }),
);

describe("every baseline's graphs on TensorFlow.js, as the interpreter computes them", () => {
  test.each(stagesOf.flat())("%s", { timeout: 60_000 }, async (use) => {
    const reference = await firstThatFits(use);
    const y = await reference.pipeline.degrade(picture(8), { seed: 1 });
    const expected = await restore(reference.pipeline, y);
    for (const device of ["cpu", ...devices]) {
      const tfjs = await load({ ...reference.stages, backend: `@leader/backend-tfjs#${device}` });
      const { image } = await restore(tfjs, y);
      expect(decibels(image, expected.image), device).toBeGreaterThanOrEqual(60);
    }
  });
});

/** The baseline on the interpreter with the first operator whose powers suffice. */
async function firstThatFits(use: string): Promise<{ readonly stages: Stages; readonly pipeline: Pipeline }> {
  const reasons: unknown[] = [];
  for (const operator of operators) {
    const stages: Stages = {
      operator,
      denoiser: '{ use: "./prior.js#gaussian" }',
      baseline: `{ use: "${use}" }`,
      backend: "leader#reference",
      more: `noise: 0.05\nscheduler: { use: "leader#uniform", with: { steps: 4 } }`,
    };
    try {
      const pipeline = await load(stages);
      await pipeline.check(picture(8));
      return { stages, pipeline };
    } catch (error) {
      if (!isConfigError(error)) throw error;
      reasons.push(error.message);
    }
  }
  throw new Error(`no operator serves ${use}:\n${reasons.join("\n")}`);
}
