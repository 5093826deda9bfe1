import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { normals, type HostTensor } from "@leader/graph";
import { inspectOnnx, readOnnx } from "@leader/graph/onnx";
import { interpret } from "@leader/graph/reference";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";

const path = fileURLToPath(new URL("../../../priors/photo/prior.onnx", import.meta.url));
const SIZE = 64;

const host = (shape: readonly number[], values: ArrayLike<number>): HostTensor => ({
  shape,
  dtype: "float32",
  data: Float32Array.from(values),
});

function relativeError(actual: ArrayLike<number>, expected: Float32Array): number {
  let [error, norm] = [0, 0];
  expected.forEach((want, i) => {
    error += (actual[i]! - want) ** 2;
    norm += want ** 2;
  });
  return Math.sqrt(error / norm);
}

describe.skipIf(!existsSync(path))("the embedded network", () => {
  it("computes in the reference interpreter what onnxruntime computes from the same file", async () => {
    const bytes = readFileSync(path);
    expect(inspectOnnx(bytes).inputs.map((input) => input.name)).toEqual(["x", "alpha_bar"]);
    const shape = [1, 3, SIZE, SIZE];
    const x = host(shape, normals({ seed: 1, image: 0, step: 0, name: "x" }, 3 * SIZE * SIZE));
    const alphaBar = host([1], [0.3]);
    const { graph } = readOnnx(bytes, { inputShapes: { x: shape, alpha_bar: [1] } });
    const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, graphOptimizationLevel: "disabled" });
    const feeds = {
      x: new Tensor("float32", x.data as Float32Array, shape),
      alpha_bar: new Tensor("float32", alphaBar.data as Float32Array, [1]),
    };
    const expected = (await session.run(feeds)).epsilon!.data as Float32Array;
    await session.release();
    expect(relativeError(interpret(graph, [x, alphaBar])[0]!.data, expected)).toBeLessThan(1e-5);
  });
});
