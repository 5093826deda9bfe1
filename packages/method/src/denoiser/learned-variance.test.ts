import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { linearBetaSchedule, trace, type Aval, type Tensor } from "@leader/core";
import { constantLevel, createStage, normalArray } from "@leader/core/testing";
import { writeOnnx } from "@leader/graph/onnx";
import { interpret } from "@leader/graph/reference";
import { afterAll, beforeAll, expect, it } from "vitest";
import { onnxFile } from "./onnx-file.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "leader-learned-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const open: Aval = { shape: [1, 3, 96, 160], dtype: "float32" };

/** A network of single pixels, so that tiles and padding change nothing: epsilon = x / 2, v = tanh(3 x), for images of one size. */
function file(name: string, shape: readonly number[], learns = true): string {
  const network = (x: Tensor): Tensor => (learns ? x.mul(0.5).concat([x.mul(3).tanh()], 1) : x.mul(0.5));
  const path = join(folder, `${name}.onnx`);
  writeFileSync(path, writeOnnx(trace(network, [{ ...open, shape }], ["x"]), { name: "net", outputNames: ["out"] }).model);
  return path;
}

const picture = normalArray(open, 1, "picture");

async function said(path: string, options: object = {}) {
  const denoiser = (await createStage(onnxFile, { path, inputs: { as: "none" }, ...options })).at(open);
  let hasShare = false;
  const graph = trace(
    (x) => {
      const { epsilon, varianceShare } = denoiser.denoise(x, constantLevel(x.trace, linearBetaSchedule(), 300));
      hasShare = varianceShare !== undefined;
      return [epsilon, ...(varianceShare === undefined ? [] : [varianceShare])];
    },
    [open],
  );
  const [epsilon, share] = await Promise.resolve(interpret(graph, [{ ...open, data: Float32Array.from(picture) }]));
  return { epsilon: [...epsilon!.data], share: hasShare ? [...share!.data] : undefined };
}

const expected = Array.from(picture, (value) => (1 + Math.tanh(3 * value)) / 2);
const largest = (share: readonly number[] | undefined): number => Math.max(...share!.map((value, i) => Math.abs(value - expected[i]!)));

it("is the second half of twice the channels, from [-1,1] to [0,1]", async () => {
  expect(largest((await said(file("whole", open.shape))).share)).toBeLessThan(1e-6);
});

it("is padded and cut like the prediction", async () => {
  const { share, epsilon } = await said(file("padded", [1, 3, 128, 192]));
  expect(largest(share)).toBeLessThan(1e-6);
  expect(epsilon).toHaveLength(picture.length);
});

it("is blended in tiles like the prediction", async () => {
  const { share, epsilon } = await said(file("tiled", [1, 3, 64, 64]));
  expect(largest(share)).toBeLessThan(1e-6);
  expect(epsilon).toHaveLength(picture.length);
});

it("is not there where the network has none, or its range is that of other images", async () => {
  expect((await said(file("none", open.shape, false))).share).toBeUndefined();
  expect((await said(file("other", open.shape), { range: "[0,1]" })).share).toBeUndefined();
});
