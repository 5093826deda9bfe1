import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { levelScalars, trace, type StageEnvironment } from "@leader/core";
import { constantLevel, createStage, testEnvironment } from "@leader/core/testing";
import { checkpoint, openCheckpoint } from "@leader/networks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { float32, relativeError, runGraph } from "./agreement.js";
import { edmPickle } from "./make-edm.js";
import { random, StateDict, type Arr } from "./restated/arrays.js";
import { edmForward, type EdmCase } from "./restated/edm.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "leader-edm-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const warnings: string[] = [];
const environment: StageEnvironment = { ...testEnvironment, warn: (_, message) => void warnings.push(message) };
const x = random("edm", [1, 3, 4, 4]);
const base: EdmCase = { kind: "SongUNet", precond: "EDMPrecond", resolution: 8, C: 16, mult: [1, 2], blocks: 1, attn: [1], filter: [1, 1] };

function written(name: string, o: EdmCase, init: Readonly<Record<string, number>> = {}): readonly [string, StateDict] {
  const weights = new StateDict();
  edmForward(o, weights, x, 1, o.classes === undefined ? undefined : new Array<number>(o.classes).fill(0));
  const path = join(folder, name);
  writeFileSync(path, edmPickle(o.precond, weights.entries, init));
  return [path, weights];
}

/** The clean image that the stage and the second formulation predict, at one level of the stage's own schedule. */
async function both(o: EdmCase, path: string, weights: StateDict, options: object, labels?: readonly number[]) {
  warnings.length = 0;
  const factory = await createStage(checkpoint, { path, ...options }, environment);
  const denoiser = factory.at({ shape: x.shape, dtype: "float32" });
  const index = 400;
  const graph = trace(
    (state) => denoiser.denoise(state, constantLevel(state.trace, factory.schedule, index)).x0,
    [{ shape: x.shape, dtype: "float32" }],
  );
  const [actual] = await runGraph(graph, [float32(x)]);
  const { sqrtAlphaBar, sqrtOneMinusAlphaBar } = levelScalars(factory.schedule, index);
  const state: Arr = { shape: x.shape, data: x.data.map((value) => value / sqrtAlphaBar) };
  return { actual: actual!, expected: edmForward(o, weights, state, sqrtOneMinusAlphaBar / sqrtAlphaBar, labels).data };
}

describe("a pickle of EDM, from the file to the picture", () => {
  it.each<readonly [string, EdmCase]>([
    ["edm-ffhq-64x64-uncond-vp.pkl", base],
    ["baseline-ffhq-64x64-uncond-ve.pkl", { ...base, precond: "VEPrecond", fourier: true, encoder: "residual", filter: [1, 3, 3, 1] }],
  ])("%s", async (name, o) => {
    const [path, weights] = written(name, o);
    const { actual, expected } = await both(o, path, weights, {});
    expect(relativeError(actual, expected)).toBeLessThan(1e-5);
  });

  it("takes a label, and refuses one that the network does not have", async () => {
    const o: EdmCase = { ...base, kind: "DhariwalUNet", C: 32, classes: 5 };
    const [path, weights] = written("edm-imagenet-64x64-cond-adm.pkl", o);
    const { actual, expected } = await both(o, path, weights, { label: 3 }, [0, 0, 0, 1, 0]);
    expect(relativeError(actual, expected)).toBeLessThan(1e-5);
    const without = await both(o, path, weights, {}, [0, 0, 0, 0, 0]);
    expect(relativeError(without.actual, without.expected)).toBeLessThan(1e-5);
    expect(relativeError(without.actual, actual)).toBeGreaterThan(1e-3);
    await expect(createStage(checkpoint, { path, label: 5 }, environment)).rejects.toMatchObject({ code: "LEADER_CHECKPOINT_OPTION" });
  });

  it("uses the numbers that the network was constructed with", async () => {
    const [path] = written("odd.pkl", base, { sigma_data: 2 });
    const opened = await openCheckpoint(path);
    expect(opened.edm).toEqual({ className: "EDMPrecond", arguments: { sigma_data: 2 } });
    await opened.close();
  });

  it("leaves its weights in the file, to the last bit", async () => {
    const [path, weights] = written("place.pkl", base);
    const shares: number[] = [];
    const opened = await openCheckpoint(path, (share) => shares.push(share));
    try {
      expect(opened.format).toBe("EDM pickle");
      for (const [name, { data, shape }] of weights.entries) {
        const tensor = opened.tensors.get(name.replace(/^model\./u, ""))!;
        expect(tensor.shape).toEqual(shape);
        expect(tensor.place!.read()).toEqual(Float32Array.from(data));
        expect(await tensor.elements()).toEqual(Float32Array.from(data));
      }
    } finally {
      await opened.close();
    }
    // A file of this size is read before anybody asks.
    expect(shares).toEqual([]);
  });
});
