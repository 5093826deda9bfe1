import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  isLeaderError,
  linearBetaSchedule,
  trace,
  type Aval,
  type DenoiserFactory,
  type HostTensor,
  type StageEnvironment,
  type Tensor,
} from "@leader/core";
import { constantLevel, createStage, testEnvironment } from "@leader/core/testing";
import { isOp, storedElements } from "@leader/graph";
import { writeOnnx } from "@leader/graph/onnx";
import { interpret } from "@leader/graph/reference";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { onnxFile } from "./onnx-file.js";

let folder = "";
let files = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "leader-onnx-network-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const warnings: string[] = [];
const environment: StageEnvironment = { ...testEnvironment, warn: (code) => void warnings.push(code) };
async function stage(path: string, options: object = {}): Promise<DenoiserFactory> {
  warnings.length = 0;
  return await createStage(onnxFile, { path, ...options }, environment);
}

const float32 = (...shape: readonly number[]): Aval => ({ shape, dtype: "float32" });
function file(network: (...inputs: readonly Tensor[]) => Tensor, avals: readonly Aval[], names: readonly string[]): string {
  const path = join(folder, `network-${files++}.onnx`);
  writeFileSync(path, writeOnnx(trace(network, avals, names), { name: "net", outputNames: ["out"] }).model);
  return path;
}
const half = (x: Tensor): Tensor => x.mul(0.5);
const image = float32(1, 3, 4, 4);

describe("a network without an input for the noise level", () => {
  it("is taken with a warning, since a timestep may have been baked in", async () => {
    await stage(file((x) => half(x), [image], ["x"]));
    expect(warnings).toEqual(["LEADER_NETWORK_UNCONDITIONAL"]);
  });
  it("is taken in silence where the pipeline says so, or where there is one", async () => {
    await stage(
      file((x) => half(x), [image], ["x"]),
      { inputs: { as: "none" } },
    );
    expect(warnings).toEqual([]);
    await stage(file((x, t) => x.mul(t), [image, float32(1)], ["x", "timestep"]));
    expect(warnings).toEqual([]);
  });
});

describe("images that do not fit say what would help", () => {
  it.each<readonly [string, Aval, Aval, string, string]>([
    ["a fixed batch", float32(4, 3, 4, 4), image, "fixes its batch to 4", "dynamic_axes"],
    ["channels last", float32(1, 4, 4, 3), image, "fixes its channels to 4", "export it for [N,C,H,W]"],
    ["latents", float32(1, 4, 4, 4), image, "fixes its channels to 4", "latents of an autoencoder"],
    ["a grey network", float32(1, 1, 4, 4), image, "fixes its channels to 1", "make the picture grey"],
    ["a fixed size", image, float32(1, 3, 4, 8), "fixes its width to 4", "leave `tiles: off` out"],
  ])("%s", async (_, taken, asked, problem, hint) => {
    const factory = await stage(
      file((x) => half(x), [taken], ["x"]),
      { inputs: { as: "none" }, tiles: "off" },
    );
    let error: unknown;
    try {
      factory.at(asked);
    } catch (caught) {
      error = caught;
    }
    expect(isLeaderError(error) && error.code).toBe("LEADER_NETWORK_IMAGE");
    expect(isLeaderError(error) && error.message).toContain(problem);
    expect(isLeaderError(error) && error.hint).toContain(hint);
  });
});

/** The clean image of a network that predicts it. */
async function x0(factory: DenoiserFactory, x: HostTensor): Promise<HostTensor> {
  const denoiser = factory.at({ shape: x.shape, dtype: "float32" });
  const graph = trace((state) => denoiser.denoise(state, constantLevel(state.trace, linearBetaSchedule(), 300)).x0, [x]);
  return await Promise.resolve(interpret(graph, [x])[0]!);
}

describe("labels", () => {
  it("as a list are the row of every image", async () => {
    const weights = Float32Array.of(1, 10, 100);
    const path = file(
      (x, labels) => x.add(labels.matmul(x.trace.constant({ ...float32(3, 1), data: weights })).reshape([2, 1, 1, 1])),
      [float32(2, 1, 1, 1), float32(2, 3)],
      ["x", "y"],
    );
    const factory = await stage(path, { constants: { y: [0, 0, 1] }, predicts: "x0", inputs: { as: "none" } });
    const zeros: HostTensor = { ...float32(2, 1, 1, 1), data: new Float32Array(2) };
    expect([...(await x0(factory, zeros)).data]).toEqual([100, 100]);
  });
});

describe("large weights", () => {
  it("stay in the file for all sizes, and compute the same", async () => {
    const shape = [3, 3, 9, 9];
    const weight: HostTensor = { ...float32(...shape), data: Float32Array.from({ length: 729 }, (_, i) => Math.sin(i) / 27) };
    const open = (size: number): Aval => float32(1, 3, size, size);
    const convolved = (x: Tensor): Tensor => x.conv(x.trace.constant(weight), { pads: [4, 4, 4, 4] });
    for (const size of [4, 6]) {
      const factory = await stage(
        file((x) => convolved(x), [open(size)], ["x"]),
        { predicts: "x0", inputs: { as: "none" } },
      );
      const x: HostTensor = { ...open(size), data: Float32Array.from({ length: 3 * size * size }, (_, i) => Math.cos(i)) };
      const traced = trace((state) => factory.at(open(size)).denoise(state, constantLevel(state.trace, factory.schedule, 300)).x0, [x]);
      const body = traced.nodes.flatMap((node) => (isOp(node, "Function") ? [node.attrs.body] : []))[0]!;
      const stored = body.nodes.map((node) => isOp(node, "Constant") && storedElements(node.attrs.value) !== undefined);
      expect(stored.filter(Boolean)).toHaveLength(1);
      expect(interpret(body, [x])).toEqual(interpret(trace(convolved, [x]), [x]));
    }
  });
});
