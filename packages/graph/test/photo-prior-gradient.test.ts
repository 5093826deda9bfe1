import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { readOnnx } from "../src/onnx/index.js";
import { checkGradients, float32, randomTensor } from "../src/testing/index.js";

it("differentiates the embedded prior as differences do", async ({ annotate }) => {
  const shape = [1, 3, 8, 8];
  const file = readFileSync(new URL("../../priors/photo/prior.onnx", import.meta.url));
  const { graph } = readOnnx(file, { inputShapes: { x: shape, alpha_bar: [1] } });
  const { maxRelativeError, maxRelativeDifference } = checkGradients(graph, [randomTensor(shape), float32([1], [0.3])], { wrt: [0] });
  await annotate(`central differences are ${maxRelativeDifference.toExponential(1)} away, with rounding`);
  expect(maxRelativeError).toBeLessThanOrEqual(1e-6);
});
