import { expect, it } from "vitest";
import { createPipeline } from "../src/index.js";
import { bundledSources as bundled, directory } from "./host-fixture.js";

const image = { shape: [1, 3, 16, 16], dtype: "float32" } as const;

/** The noise of the levels that a run goes through of which this share of the Walsh-Hadamard coefficients is measured. */
async function sigmasOf(ratio: number): Promise<readonly number[]> {
  const object = {
    noise: 0.05,
    operator: { use: "@leader/operators#walsh-hadamard", with: { ratio } },
    denoiser: { use: "leader#gaussian", with: { decay: 0 } },
    baseline: { use: "@leader/baseline-ddnm#ddnm-plus" },
    scheduler: { use: "leader#satp" },
    backend: { use: "@leader/backend-onnx#cpu" },
  };
  const pipeline = await createPipeline(object, { bundled, directory });
  await pipeline.check(image);
  await using session = await pipeline.open({ isolate: false });
  const y = await pipeline.degrade({ ...image, data: new Float32Array(768).fill(0.5) }, { seed: 0 });
  const sigmas: number[] = [];
  for await (const event of session.restore(y).events) if (event.type === "step-start") sigmas.push(event.sigma);
  return sigmas;
}

it("tells SATP what is measured: of a quarter of the coefficients it begins at 1.5 and ends at the noise", async () => {
  const sensing = await sigmasOf(0.25);
  expect(sensing).toHaveLength(20);
  expect(sensing[0]).toBeCloseTo(1.5, 1);
  expect(sensing.at(-1)).toBeCloseTo(0.1, 2);
  const most = await sigmasOf(0.75);
  expect(most[0]).toBeGreaterThan(100);
});
