import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createPipeline, writeNpy, type PipelineObject, type StageObject } from "../src/index.js";
import { bundledSources as bundled, directory, makeFolder, noisyScene, removeFolder } from "./host-fixture.js";

const blurred = (sigma: number, boundary = "reflect"): StageObject => ({
  use: "@leader/operators#gaussian-blur",
  with: { size: 2 * Math.ceil(3 * sigma) + 1, sigma, boundary },
});
const pipeline: PipelineObject = {
  noise: 0.02,
  operator: blurred(1.6),
  denoiser: { use: "leader#gaussian", with: { decay: 0 } },
  baseline: { use: "@leader/baseline-ddnm#ddnm-plus" },
  scheduler: { use: "leader#uniform", with: { steps: 2 } },
  backend: { use: "@leader/backend-onnx#cpu" },
};

/** Warnings of a pipeline about what another one makes of a picture. */
async function warnings(asked: Partial<PipelineObject>, made: Partial<PipelineObject> = {}): Promise<readonly string[]> {
  const [asking, making] = await Promise.all(
    [asked, made].map(async (parts) => createPipeline({ ...pipeline, ...parts }, { bundled, directory })),
  );
  const y = await making!.degrade(noisyScene(128, 96), { seed: 1 });
  await using session = await asking!.open({ isolate: false });
  const run = session.restore(y);
  const codes: string[] = [];
  for await (const event of run.events) if (event.type === "warning") codes.push(event.code);
  await run.result;
  return codes;
}

const unexplained = ["LEADER_DETAIL_UNEXPLAINED"];

/** A kernel of a file: a Gaussian of 1.6. */
const kernel = (path: string): StageObject => ({ use: "@leader/operators#motion-blur", with: { kernel: path, boundary: "reflect" } });
const weights = Float32Array.from({ length: 11 ** 2 }, (_, i) => Math.exp(-((Math.floor(i / 11) - 5) ** 2 + ((i % 11) - 5) ** 2) / 5.12));

describe("a measurement that the operator and the noise cannot have made", () => {
  it.each(["reflect", "periodic", "zero"])(
    "is warned of: a blur wider than it was, noise weaker than it is; borders: %s",
    async (boundary) => {
      const operator = blurred(1.6, boundary);
      expect(await warnings({ operator }, { operator })).toEqual([]);
      expect(await warnings({ operator }, { operator: blurred(0.3, boundary) })).toEqual(unexplained);
      expect(await warnings({ operator, noise: 0.01 }, { operator, noise: 0.03 })).toEqual(unexplained);
    },
  );

  it("is not looked for in what a blur has left, with less noise, or where noise is estimated", async () => {
    expect(await warnings({ operator: blurred(1.6) }, { operator: blurred(2.5) })).toEqual([]);
    expect(await warnings({ noise: 0.03 }, { noise: 0.01 })).toEqual([]);
    expect(await warnings({ noise: "auto" }, { noise: 0.03 })).toEqual([]);
  });

  it("is nothing to operators that leave all frequencies, or are no blur", async () => {
    const denoising = { use: "@leader/operators#denoising" };
    expect(await warnings({ operator: denoising, noise: 0.001 }, { operator: denoising, noise: 0.05 })).toEqual([]);
    const inpainting = { use: "@leader/operators#inpainting", with: { random: { fraction: 0.5, seed: 1 } } };
    expect(await warnings({ operator: inpainting, noise: 0.001 }, { operator: inpainting, noise: 0.05 })).toEqual([]);
    const smaller = { use: "@leader/operators#super-resolution", with: { factor: 2 } };
    expect(await warnings({ operator: smaller, noise: 0.001 }, { operator: smaller, noise: 0.05 })).toEqual([]);
  });

  it("may be the blur of a kernel", async () => {
    const folder = await makeFolder();
    try {
      const path = join(folder, "kernel.npy");
      await writeNpy(path, { shape: [11, 11], dtype: "float32", data: weights });
      const asked = { operator: kernel(path), baseline: { use: "@leader/baseline-diffpir#diffpir" } };
      expect(await warnings(asked, { operator: asked.operator })).toEqual([]);
      expect(await warnings({ ...asked, noise: 0.01 }, { operator: asked.operator, noise: 0.03 })).toEqual(unexplained);
    } finally {
      await removeFolder(folder);
    }
  });
});
