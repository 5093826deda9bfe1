import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { normals } from "@leader/core";
import operators from "@leader/operators";
import { readNpy, writePicture } from "leader-restore";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tasksOf } from "../src/worker/handlers.js";
import { OpenPipeline } from "../src/worker/open-pipeline.js";
import { bundledSources } from "./bundled-sources.js";

/** What `leader degrade` writes, `leader restore` reads: the tasks of both commands on real files, for every operator and preset. */

const size = 32;
let folder = "";
const file = (name: string): string => join(folder, name);
const presets = fileURLToPath(new URL("../../../presets/", import.meta.url));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "leader-round-trip-"));
  // Smooth and coloured, as photographs are.
  const noise = normals({ seed: 0, image: 0, step: 0, name: "round-trip" }, 3 * size * size);
  const data = noise.map((z, i) => 0.7 * Math.sin((i % size) / 5 + Math.floor(i / (size * size))) + 0.05 * z);
  await writePicture(file("x.png"), { shape: [1, 3, size, size], dtype: "float32", data });
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const bundled = () =>
  Promise.resolve({
    bundled: bundledSources,
    defaults: { denoiser: { use: "leader#gaussian" }, backend: { use: "@leader/backend-onnx#cpu" } },
  });

/** Degrades the picture, restores the measurement, and degrades the result: the paths of the three arrays. */
async function roundTrip(pipeline: string, set: readonly string[]): Promise<Record<"y" | "x" | "again", string>> {
  const opened = new OpenPipeline({ noiseThread: false }, bundled);
  const tasks = tasksOf(opened);
  const ways = { emit: () => undefined };
  const paths = { y: file("y.npy"), x: file("restored.npy"), again: file("again.npy") };
  const common = { overwrite: true, seed: 0, image: 0 };
  try {
    await tasks.open({ file: pipeline, set, localPlugins: false, load: true }, ways);
    await tasks.degrade({ ...common, input: file("x.png"), output: paths.y }, ways);
    await tasks.restore({ ...common, input: paths.y, output: paths.x }, ways);
    return paths;
  } finally {
    await opened[Symbol.asyncDispose]();
  }
}

const options: Readonly<Record<string, string>> = {
  inpainting: "{ random: { fraction: 0.5, seed: 0 } }",
  "super-resolution": "{ method: bicubic, factor: 4 }",
  "motion-blur": "{ size: 9, intensity: 0.5, seed: 0 }",
  "walsh-hadamard": "{ ratio: 0.25, seed: 0 }",
  "block-compressed-sensing": "{ ratio: 0.25, blockSize: 8, seed: 0 }",
};

describe("degrade and restore", () => {
  it.each(Object.keys(operators.stages))("%s: what is restored without noise measures as the file does", async (name) => {
    const text = `apiVersion: leader/v1
operator: { use: "@leader/operators#${name}", with: ${options[name] ?? "{}"} }
baseline: { use: "@leader/baseline-ddnm#ddnm" }
scheduler: { use: "leader#uniform", with: { steps: 3 } }
`;
    await writeFile(file("p.yaml"), text);
    const { y, x } = await roundTrip(file("p.yaml"), []);
    const [measured, restored] = [await readNpy(y), await readNpy(x)];
    expect(restored.shape).toEqual([1, 3, size, size]);
    // The result is consistent with the measurement: A x = y.
    const opened = new OpenPipeline({ noiseThread: false }, bundled);
    await tasksOf(opened).open({ file: file("p.yaml"), set: [], localPlugins: false, load: true }, { emit: () => undefined });
    const again = await opened.pipeline.degrade(restored, { seed: 0 });
    expect(again.shape).toEqual(measured.shape);
    const error = Math.max(...again.data.map((value, i) => Math.abs(value - measured.data[i]!)));
    expect(error).toBeLessThan(2e-4);
    expect(Math.max(...measured.data.map(Math.abs))).toBeGreaterThan(0.1);
  });
});

const methods = (await readdir(presets, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name);

describe.each(methods)("presets/%s", (method) => {
  it("restores what it degrades, on every task", async () => {
    for (const task of (await readdir(join(presets, method))).sort()) {
      const { x, y } = await roundTrip(join(presets, method, task), ['scheduler={ use: "leader#uniform", with: { steps: 2 } }']);
      const [measured, restored] = [await readNpy(y), await readNpy(x)];
      expect(restored.shape, task).toEqual([1, 3, size, size]);
      expect(restored.data.every(Number.isFinite), task).toBe(true);
      expect(measured.data.length, task).toBeLessThanOrEqual(3 * size * size);
    }
  });
});
