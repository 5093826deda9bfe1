import type { HostTensor } from "@leader/graph";
import { describe, expect, it } from "vitest";
import { createPipeline, type Pipeline } from "../src/index.js";
import { bundledSources as bundled, directory, makeFolder, removeFolder } from "./host-fixture.js";

/** A prior whose prediction is multiplied by a number, as a damaged network's might be. */
const loudPlugin = (factor: string): string => `
const options = { "~standard": { version: 1, vendor: "example", validate: (value) => ({ value }) } };
const alphaBar = Float64Array.from({ length: 21 }, (_, i) => Math.cos((i / 21) * 1.5) ** 2);
const schedule = { length: 21, alphaBar, timestep: Float64Array.from({ length: 21 }, (_, i) => i - 1) };
const denoise = (x, level) => {
  const x0 = x.mul(level.sqrtAlphaBar).mul(${factor});
  return { x0, epsilon: x.sub(x0.mul(level.sqrtAlphaBar)).div(level.sqrtOneMinusAlphaBar) };
};
export default { apiVersion: "1.0", name: "loud", version: "1.0.0", stages: {
  loud: { kind: "denoiser", summary: "loud", options, create: () => ({ schedule, at: (image) => ({ image, schedule, differentiable: true, denoise }) }) },
} };
`;

const onnx = "@leader/backend-onnx#cpu";

const pipelineOf = (denoiser: string, folder: string, steps = 3, backend = onnx): Promise<Pipeline> =>
  createPipeline(
    {
      noise: 0.05,
      operator: { use: "@leader/operators#inpainting", with: { random: { fraction: 0.5, seed: 0 } } },
      denoiser: { use: denoiser },
      baseline: { use: "@leader/baseline-ddnm#ddnm-plus" },
      scheduler: { use: "leader#uniform", with: { steps } },
      backend: { use: backend },
    },
    { bundled, directory: folder },
  );

const measurement = (value = 0.1): HostTensor => ({
  shape: [1, 3, 8, 8],
  dtype: "float32",
  data: new Float32Array(192).fill(0.1).fill(value, 7, 8),
});

async function codeOf(denoiser: string, folder: string, y: HostTensor, backend = onnx): Promise<unknown> {
  await using session = await (await pipelineOf(denoiser, folder, 3, backend)).open({ isolate: false });
  return await session.restore(y).result.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("numbers that no image comes from", () => {
  it.each([Number.NaN, Infinity, -Infinity, 1e20])("%s in a measurement is blamed on the measurement", async (value) => {
    expect(await codeOf("leader#gaussian", directory, measurement(value))).toMatchObject({
      code: "LEADER_MEASUREMENT_NOT_FINITE",
      message: expect.stringContaining("element 7") as string,
    });
  });

  it.each(["1e20", "1e36"])("a prediction times %s is caught in its step, and the stage is named", async (factor) => {
    const folder = await makeFolder({ "loud.js": loudPlugin(factor) });
    try {
      expect(await codeOf("./loud.js#loud", folder, measurement())).toMatchObject({
        code: expect.stringMatching(/STAGE_NOT_FINITE$/u) as string,
        message: expect.stringMatching(/denoiser .* in step 0/u) as string,
      });
    } finally {
      await removeFolder(folder);
    }
  });

  it("the same holds where numbers are computed in float64, and 1e44 is one", async () => {
    const folder = await makeFolder({ "loud.js": loudPlugin("1e20") });
    try {
      expect(await codeOf("./loud.js#loud", folder, measurement(), "leader#reference")).toMatchObject({
        code: expect.stringMatching(/STAGE_NOT_FINITE$/u) as string,
      });
    } finally {
      await removeFolder(folder);
    }
  });

  it("a result that is finite but no image is an error as well", async () => {
    const folder = await makeFolder({ "loud.js": loudPlugin("1e4") });
    try {
      expect(await codeOf("./loud.js#loud", folder, measurement())).toMatchObject({
        code: expect.stringMatching(/RESULT_DIVERGED|STAGE_NOT_FINITE/u) as string,
      });
    } finally {
      await removeFolder(folder);
    }
  });

  it("an ordinary run is none of these", async () => {
    expect(await codeOf("leader#gaussian", directory, measurement())).toBeUndefined();
  });
});

describe("check", () => {
  it("refuses more steps than the schedule has levels, as a restoration does", async () => {
    const pipeline = await pipelineOf("leader#gaussian", directory, 1e9);
    const refused = (await pipeline.check({ shape: [1, 3, 8, 8], dtype: "float32" }).catch((error: unknown) => error)) as { code: string };
    await using session = await pipeline.open({ isolate: false });
    const failed = (await session.restore(measurement()).result.catch((error: unknown) => error)) as { code: string };
    expect(refused.code).toMatch(/^LEADER_/u);
    expect(refused.code).toBe(failed.code);
  });
});
