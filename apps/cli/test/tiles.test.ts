import { fileURLToPath } from "node:url";
import { normals, type HostTensor } from "@leader/graph";
import { photoPriorUrl } from "@leader/prior-photo";
import { createPipeline } from "leader-restore";
import { describe, expect, it } from "vitest";
import { bundledSources } from "./bundled-sources.js";

/** The bundled network on overlapping tiles against the same network on the whole picture. */

const [height, width] = [176, 240];

/** Shading, an edge and texture, with noise. */
const scene: HostTensor = {
  shape: [1, 3, height, width],
  dtype: "float32",
  data: normals({ seed: 0, image: 0, step: 0, name: "scene" }, 3 * height * width).map((z, i) => {
    const [y, x] = [Math.floor(i / width) % height, i % width];
    return (Math.hypot(y - 70, x - 130) < 50 ? 0.4 : -0.3) + 0.2 * Math.sin(x / 5) * Math.cos(y / 23) + 0.2 * z;
  }),
};

async function denoised(tiles: number | "off" | "auto"): Promise<HostTensor & { readonly evaluations: number }> {
  const pipeline = await createPipeline(
    {
      noise: 0.1,
      operator: { use: "@leader/operators#denoising" },
      baseline: { use: "@leader/baseline-ddrm#ddrm" },
      scheduler: { use: "leader#uniform", with: { steps: 4 } },
      denoiser: { use: "leader#onnx-file", with: { path: fileURLToPath(photoPriorUrl), tiles } },
      backend: { use: "@leader/backend-onnx#cpu" },
    },
    { bundled: bundledSources },
  );
  await using session = await pipeline.open({ isolate: false });
  const { image, evaluations } = await session.restore(scene).result;
  return { ...image, evaluations };
}

describe("tiles", () => {
  it("cannot be seen: within 50 dB of the whole picture, with gradients across seams as elsewhere", async () => {
    const [whole, tiled] = [await denoised("off"), await denoised(192)];
    expect(tiled.evaluations).toBe(whole.evaluations);
    const squares = Array.from(tiled.data).reduce((sum, value, i) => sum + (value - whole.data[i]!) ** 2, 0);
    expect(squares).toBeGreaterThan(0);
    const psnr = 10 * Math.log10((4 * whole.data.length) / squares);
    expect(psnr).toBeGreaterThan(50);
    console.log(
      `tiles of 192 against the whole picture: ${psnr.toFixed(1)} dB, gradient across seams ${seam(tiled).toFixed(4)}, without tiles ${seam(whole).toFixed(4)}`,
    );
    expect(seam(tiled) / seam(whole)).toBeLessThan(1.02);
  }, 240_000);

  it("are not used for small pictures unless a size is given", async () => {
    expect((await denoised("auto")).data).toEqual((await denoised("off")).data);
  }, 240_000);
});

/** Mean step across the columns where tiles of 192 are blended, relative to the mean step of all columns. */
function seam({ data }: HostTensor): number {
  const steps = new Float64Array(width - 1);
  for (let i = 0; i < data.length; i++) if (i % width < width - 1) steps[i % width]! += Math.abs(data[i + 1]! - data[i]!);
  const mean = (from: number, to: number): number => steps.slice(from, to).reduce((a, b) => a + b, 0) / (to - from);
  return mean(96, 160) / mean(0, width - 1);
}
