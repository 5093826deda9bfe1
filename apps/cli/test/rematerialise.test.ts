import { fileURLToPath } from "node:url";
import { relativeError } from "@leader/core/testing";
import { photoPriorUrl } from "@leader/prior-photo";
import { createPipeline, type Pipeline } from "leader-restore";
import { expect, it } from "vitest";
import { landscape } from "../src/sample/landscape.js";
import { bundledSources } from "./bundled-sources.js";
import { restoreHere } from "./methods.js";

const clean = landscape(32);

const pipelineWith = (rematerialise: string): Promise<Pipeline> =>
  createPipeline(
    {
      operator: { use: "@leader/operators#super-resolution", with: { factor: 4 } },
      baseline: { use: "@leader/baseline-dps#dps", with: { scale: 1 } },
      denoiser: { use: "leader#onnx-file", with: { path: fileURLToPath(photoPriorUrl), rematerialise } },
      backend: { use: "@leader/backend-onnx#cpu", with: { threads: 1 } },
      scheduler: { use: "leader#uniform", with: { steps: 2 } },
    },
    { bundled: bundledSources },
  );

async function restoredBy(pipeline: Pipeline): Promise<Float64Array> {
  const { image } = await restoreHere(pipeline, await pipeline.degrade(clean, { seed: 0 }), { seed: 1 });
  return Float64Array.from(image.data);
}

it("restores the same picture whatever the pass back computes again", async () => {
  const keeping = await pipelineWith("nothing");
  const kept = await restoredBy(keeping);
  const nodesOf = async (pipeline: Pipeline): Promise<number> =>
    (await pipeline.check({ shape: clean.shape, dtype: "float32" })).nodes["predict"]!;
  const keptNodes = await nodesOf(keeping);
  for (const what of ["elementwise", "segments"]) {
    const saving = await pipelineWith(what);
    expect(await nodesOf(saving)).toBeGreaterThan(keptNodes);
    expect(relativeError(await restoredBy(saving), kept)).toBeLessThan(1e-4);
  }
});
