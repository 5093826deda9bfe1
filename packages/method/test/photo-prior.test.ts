import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { countEvaluations, linearBetaSchedule, trace } from "@leader/core";
import { interpret } from "@leader/graph/reference";
import { constantLevel, createStage } from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { onnxFile } from "../src/denoiser/onnx-file.js";

const path = fileURLToPath(new URL("../../priors/photo/prior.onnx", import.meta.url));

describe.skipIf(!existsSync(path))("the embedded network", () => {
  it("is a denoiser without any option but its path", async () => {
    const factory = await createStage(onnxFile, { path });
    const image = { shape: [1, 3, 16, 24], dtype: "float32" } as const;
    const denoiser = factory.at(image);
    const graph = trace((x) => denoiser.denoise(x, constantLevel(x.trace, linearBetaSchedule(), 500)).x0, [image]);
    expect(countEvaluations(graph)).toBe(1);
  });

  it("takes pictures of any size", async () => {
    const factory = await createStage(onnxFile, { path });
    const image = { shape: [1, 3, 13, 30], dtype: "float32" } as const;
    const denoiser = factory.at(image);
    const graph = trace((x) => denoiser.denoise(x, constantLevel(x.trace, linearBetaSchedule(), 500)).x0, [image]);
    const [x0] = interpret(graph, [{ ...image, data: new Float32Array(3 * 13 * 30).fill(0.3) }]);
    expect(x0!.shape).toEqual(image.shape);
    const largest = Math.max(...x0!.data.map(Math.abs));
    expect(largest).toBeLessThan(2);
    // A network that sees nothing in a picture says 0.
    expect(largest).toBeGreaterThan(0.05);
  });

  it("says which images do not fit", async () => {
    const factory = await createStage(onnxFile, { path });
    expect(() => factory.at({ shape: [1, 1, 24, 24], dtype: "float32" })).toThrow("fixes its channels to 3");
  });
});
