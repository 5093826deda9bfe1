import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { HostTensor } from "@leader/graph";
import { normals, type PipelineEvent } from "@leader/core";

const source = (folder: string) => ({ url: new URL(`../../${folder}/src/index.ts`, import.meta.url).href });

/** The plugins of pipelines with DDNM on onnxruntime, from their sources. */
export const bundledSources = {
  "@leader/operators": source("operators"),
  "@leader/baseline-ddnm": source("baselines/ddnm"),
  "@leader/backend-onnx": source("backends/onnx"),
};

/** The folder that the paths of pipelines in tests are relative to. */
export const directory = fileURLToPath(new URL(".", import.meta.url));

/** A noisy picture that also varies slowly. */
export const noisyScene = (height: number, width: number): HostTensor => ({
  shape: [1, 3, height, width],
  dtype: "float32",
  data: normals({ seed: 1, image: 0, step: 0, name: "scene" }, 3 * height * width).map((z, i) => 0.2 * z + 0.5 * Math.sin(i / 90)),
});

/** The largest difference of two values in the same place. */
export const furthest = (a: HostTensor, b: HostTensor): number =>
  Array.from(a.data).reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i]!)), 0);

/** A folder outside the workspaces, so that nothing is found there by accident. */
export async function makeFolder(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "leader-host-"));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

export const removeFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });

/** A plugin as a third party could write it without any dependency: identity operator, Gaussian prior, DDIM-like sampler. */
export const fixturePlugin = `
const anything = { "~standard": { version: 1, vendor: "fixture", validate: (value) => ({ value }) } };
const stage = (kind, create, more = {}) => ({ kind, summary: kind, options: anything, create, ...more });
const schedule = (length) => {
  const alphaBar = Float64Array.from({ length }, (_, i) => Math.cos((i / length) * 1.5) ** 2);
  return { length, alphaBar, timestep: Float64Array.from({ length }, (_, i) => i - 1) };
};
const identity = { imageFor: (y) => y, at: (image) => ({ name: "identity", domain: image, range: image, apply: (x) => x.mul(1), adjoint: (y) => y.mul(1), pinv: (y) => y.mul(1) }) };
const bare = { imageFor: (y) => y, at: (image) => ({ name: "bare", domain: image, range: image, apply: (x) => x.mul(1), adjoint: (y) => y.mul(1) }) };
const denoiser = (x0Of) => ({ schedule: schedule(9), at: (image) => ({ image, schedule: schedule(9), differentiable: true, denoise: (x, level) => {
  const x0 = x0Of(x, level);
  return { x0, epsilon: x.sub(x0.mul(level.sqrtAlphaBar)).div(level.sqrtOneMinusAlphaBar) };
} }) });
const gaussian = denoiser((x, level) => x.mul(level.sqrtAlphaBar.mul(0.25)).div(level.alphaBar.mul(0.25).add(level.sqrtOneMinusAlphaBar.square())));
const ddim = (share) => ({
  init: (ctx) => ({ x: ctx.noise("init", ctx.denoiser.image), state: {} }),
  step: (ctx, { y, to, prior }, state) => {
    const x0 = prior.x0.add(ctx.operator.adjoint(y.sub(ctx.operator.apply(prior.x0))).mul(share));
    const noise = prior.epsilon.mul(0.8).add(ctx.noise("z", x0).mul(0.6));
    return { x: x0.mul(to.sqrtAlphaBar).add(noise.mul(to.sqrtOneMinusAlphaBar)), state };
  },
});
const block = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
const fakeBackend = (run) => ({ name: "fake", description: "fake", unsupported: () => [], compile: async () => ({ run, [Symbol.asyncDispose]: async () => {} }),
  upload: async (value) => ({ ...value, read: async () => value, [Symbol.dispose]() {} }), [Symbol.asyncDispose]: async () => {} });
const hoard = [];
export default {
  apiVersion: "1.0", name: "fixture", version: "1.2.3",
  stages: {
    identity: stage("operator", () => identity),
    bare: stage("operator", () => bare),
    gaussian: stage("denoiser", () => gaussian),
    nan: stage("denoiser", () => denoiser((x, level) => level.alphaBar.sub(0.5).log().mul(0).add(x))),
    throwing: stage("denoiser", () => denoiser(() => { throw new TypeError("no such layer"); })),
    tangled: stage("denoiser", () => denoiser((x) => x.add(x.reshape([x.size]).slice([0], [3])))),
    misshapen: stage("denoiser", () => ({ schedule: schedule(9), at: (image) => ({ image, schedule: schedule(9), differentiable: true, denoise: (x) => ({ x0: x.reshape([x.size]), epsilon: x }) }) })),
    ddim: stage("baseline", ({ share = 0.5 }) => ddim(share), { requires: ["operator.pinv"] }),
    picky: stage("baseline", () => ddim(0.5), { requires: ["operator.svd", "operator.antigravity"] }),
    blocking: stage("backend", () => fakeBackend(async () => block())),
    dying: stage("backend", () => fakeBackend(async () => { console.error("last words"); process.kill(process.pid, "SIGABRT"); await new Promise(() => {}); })),
    leaving: stage("backend", () => fakeBackend(async () => process.reallyExit(7))),
    hoarding: stage("backend", () => fakeBackend(async () => { for (;;) { hoard.push(new Uint8Array(2 ** 23).fill(1)); await new Promise((r) => setTimeout(r, 5)); } })),
    chatty: stage("backend", () => fakeBackend(async () => { console.log("hello from native code"); throw new RangeError("no kernel"); })),
  },
};
`;

/** A pipeline of the fixture's stages on the reference backend; `changes` replaces whole lines by key. */
export function fixturePipeline(changes: Readonly<Record<string, string>> = {}): string {
  const lines: Readonly<Record<string, string>> = {
    apiVersion: "leader/v1",
    operator: '{ use: "./fixture.js#identity" }',
    denoiser: '{ use: "./fixture.js#gaussian" }',
    baseline: '{ use: "./fixture.js#ddim" }',
    scheduler: '{ use: "leader#uniform", with: { steps: 4 } }',
    backend: '{ use: "leader#reference" }',
    ...changes,
  };
  return Object.entries(lines)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join("");
}

export const picture = (shape: readonly number[]): HostTensor => ({
  shape,
  dtype: "float32",
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i)),
});

export async function collect(events: AsyncIterable<PipelineEvent>): Promise<readonly PipelineEvent[]> {
  const all: PipelineEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}
