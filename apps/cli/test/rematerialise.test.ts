import { fileURLToPath } from "node:url";
import { relativeError } from "@leader/core/testing";
import { photoPriorUrl } from "@leader/prior-photo";
import { createPipeline } from "leader";
import { expect, it } from "vitest";
import { landscape } from "../src/sample/landscape.js";
import { bundledSources } from "./bundled-sources.js";
import { restoreHere } from "./methods.js";

async function restoredWith(rematerialise: string): Promise<Float64Array> {
  const pipeline = await createPipeline(
    {
      operator: { use: "@leader/operators#super-resolution", with: { factor: 4 } },
      baseline: { use: "@leader/baseline-dps#dps", with: { scale: 1 } },
      denoiser: { use: "leader#onnx-file", with: { path: fileURLToPath(photoPriorUrl), rematerialise } },
      backend: { use: "@leader/backend-onnx#cpu", with: { threads: 1 } },
      scheduler: { use: "leader#uniform", with: { steps: 3 } },
    },
    { bundled: bundledSources },
  );
  const { image } = await restoreHere(pipeline, await pipeline.degrade(landscape(32), { seed: 0 }), { seed: 1 });
  return Float64Array.from(image.data);
}

it("restores the same picture whatever the pass back computes again", async () => {
  const kept = await restoredWith("nothing");
  for (const what of ["elementwise", "segments"]) expect(relativeError(await restoredWith(what), kept)).toBeLessThan(1e-4);
});
