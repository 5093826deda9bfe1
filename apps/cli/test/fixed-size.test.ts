import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { normals, trace, type HostTensor, type Tensor } from "@leader/core";
import { readOnnx, writeOnnx } from "@leader/graph/onnx";
import { photoPriorUrl } from "@leader/prior-photo";
import { createPipeline, readPicture, writePicture, type PipelineObject } from "leader-restore";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundledSources } from "./bundled-sources.js";
import { makeFolder, removeFolder } from "./host-fixture.js";
import { runCli, type CliResult } from "./run-cli.js";

/** Network files of one size (as exporters write them who are given no open axes) on pictures of other sizes, in tiles. */

const side = 64;
let folder = "";
beforeAll(async () => {
  folder = await makeFolder();
  // The network for photographs, as if it had been exported for pictures of 64 x 64 pixels.
  const shapes = { x: [1, 3, side, side], alpha_bar: [1] };
  const { graph } = readOnnx(readFileSync(fileURLToPath(photoPriorUrl)), { inputShapes: shapes });
  writeFileSync(join(folder, "photo.onnx"), writeOnnx(graph, { name: "photo", outputNames: ["epsilon"] }).model);
  for (const [height, width] of [...sizes, [side, side]]) {
    const image = { shape: [1, 3, height, width], dtype: "float32" } as const;
    const local = trace(localNetwork, [image, { shape: [1], dtype: "float32" }], ["x", "alpha_bar"]);
    const name = height === side ? "local.onnx" : `local-${height}x${width}.onnx`;
    writeFileSync(join(folder, name), writeOnnx(local, { name: "local", outputNames: ["x0"] }).model);
  }
});
afterAll(() => removeFolder(folder));

/** Larger and no multiple, narrow (larger along one side, smaller along the other), smaller, and so small that mirroring does not reach. */
const sizes = [
  [110, 150],
  [40, 150],
  [40, 50],
  [20, 24],
] as const;

/** Looks two pixels far, and mirrors its borders itself, so that nothing of its tiles can be seen anywhere. */
function localNetwork(x: Tensor, alphaBar: Tensor): Tensor {
  const data = Float32Array.from({ length: 3 * 3 * 25 }, (_, i) => (Math.floor(i / 25) % 4 === 0 ? 1 / 25 : 0));
  const padded = x.pad([0, 0, 2, 2, 0, 0, 2, 2], "reflect");
  const smooth = padded.conv(x.trace.constant({ shape: [3, 3, 5, 5], dtype: "float32", data }), { pads: [0, 0, 0, 0] });
  const share = alphaBar.reshape([1, 1, 1, 1]).sqrt();
  return smooth.mul(share);
}

/** Shading, an edge and texture, with noise. */
function scene(height: number, width: number, noise = 0.2): HostTensor {
  const data = normals({ seed: 0, image: 0, step: 0, name: "scene" }, 3 * height * width).map((z, i) => {
    const [y, x] = [Math.floor(i / width) % height, i % width];
    return (Math.hypot(y - height / 2, x - width / 2) < 30 ? 0.4 : -0.3) + 0.2 * Math.sin(x / 5) * Math.cos(y / 23) + noise * z;
  });
  return { shape: [1, 3, height, width], dtype: "float32", data };
}

const pipeline = (path: string, more: object = {}): PipelineObject => ({
  noise: 0.1,
  operator: { use: "@leader/operators#denoising" },
  baseline: { use: "@leader/baseline-ddrm#ddrm" },
  scheduler: { use: "leader#uniform", with: { steps: 4 } },
  denoiser: { use: "leader#onnx-file", with: { path, ...more } },
  backend: { use: "@leader/backend-onnx#cpu" },
});

async function restored(network: PipelineObject, y: HostTensor): Promise<HostTensor> {
  const made = await createPipeline(network, { bundled: bundledSources });
  await using session = await made.open({ isolate: false });
  return (await session.restore(y).result).image;
}

function decibels(a: HostTensor, b: HostTensor): number {
  expect(a.shape).toEqual(b.shape);
  const squares = Array.from(a.data).reduce((sum, value, i) => sum + (value - b.data[i]!) ** 2, 0);
  return 10 * Math.log10((4 * a.data.length) / squares);
}

describe("a network of fixed size", () => {
  it.each(sizes)(
    "restores %i x %i pixels as the same network for that size, where it looks less far than tiles overlap",
    async (...size) => {
      const y = scene(...size);
      const fixed = await restored(pipeline(join(folder, "local.onnx"), { predicts: "x0" }), y);
      const free = await restored(pipeline(join(folder, `local-${size.join("x")}.onnx`), { predicts: "x0" }), y);
      expect(decibels(fixed, free)).toBeGreaterThan(120);
      expect(decibels(fixed, y)).toBeLessThan(30);
    },
  );

  // The network for photographs looks farther than the 12 pixels that tiles of 64 see at least beyond what is used of them, and sees a mirrored
  // picture where it saw nothing beyond the border. What that costs is seen against the truth: nothing that could be told from chance.
  it.each(sizes)(
    "restores %i x %i pixels of a photograph as well",
    async (...size) => {
      const [y, clean] = [scene(...size), scene(...size, 0)];
      const fixed = await restored(pipeline(join(folder, "photo.onnx")), y);
      const free = await restored(pipeline(fileURLToPath(photoPriorUrl)), y);
      expect(decibels(fixed, free)).toBeGreaterThan(size[0] < 32 ? 34 : 41);
      expect(decibels(fixed, clean)).toBeGreaterThan(decibels(free, clean) - 0.6);
      expect(decibels(fixed, clean)).toBeGreaterThan(decibels(y, clean) + 7);
    },
    60_000,
  );

  it("is taken by the command line, which says what would help where tiles are off", async () => {
    await writePicture(join(folder, "in.png"), scene(110, 150));
    const run = async (network: object, output: string): Promise<CliResult> => {
      writeFileSync(join(folder, "p.json"), JSON.stringify({ apiVersion: "leader/v1", ...network }));
      return await runCli(["restore", "in.png", "-p", "p.json", "-o", output], { cwd: folder });
    };
    expect((await run(pipeline("photo.onnx"), "fixed.png")).code).toBe(0);
    expect((await run(pipeline(fileURLToPath(photoPriorUrl)), "free.png")).code).toBe(0);
    const [fixed, free] = await Promise.all(["fixed.png", "free.png"].map((name) => readPicture(join(folder, name))));
    expect(decibels(fixed!.tensor, free!.tensor)).toBeGreaterThan(41);
    const { code, stderr } = await run(pipeline("photo.onnx", { tiles: "off" }), "refused.png");
    expect(code).not.toBe(0);
    expect(stderr).toContain("LEADER_NETWORK_IMAGE");
    expect(stderr).toContain("leave `tiles: off` out");
  }, 60_000);
});
