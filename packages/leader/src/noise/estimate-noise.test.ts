import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { normals, type HostTensor } from "@leader/graph";
import { describe, expect, it } from "vitest";
import sharp from "sharp";
import { decodePicture, encodePicture } from "../index.js";
import { readPicture } from "../picture/read-picture.js";
import { estimateNoise } from "./estimate-noise.js";

const folder = fileURLToPath(new URL("../../../../../shared/data/test/kodak24/", import.meta.url));

const noisy = ({ shape, data }: HostTensor, sigma: number): HostTensor => {
  const noise = normals({ seed: 3, image: 0, step: 0, name: "noise" }, data.length);
  return { shape, dtype: "float32", data: Float32Array.from(data, (value, i) => value + 2 * sigma * noise[i]!) };
};

/** Smooth shading with edges and a grating: structure that an estimate must not take for noise. */
function scene(height: number, width: number): HostTensor {
  const data = Float32Array.from({ length: 3 * height * width }, (_, i) => {
    const [c, y, x] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
    const edge = Math.hypot(y - 60, x - 90) < 40 ? 0.5 : -0.3;
    return edge + 0.2 * Math.sin(x / 3 + c) * Math.sin(y / 17) + 0.1 * Math.cos(y / 50 + c);
  });
  return { shape: [1, 3, height, width], dtype: "float32", data };
}

/** As cameras write it. */
const sharpJpeg = async (picture: HostTensor): Promise<Uint8Array> =>
  new Uint8Array(
    await sharp(await encodePicture("png", picture))
      .jpeg({ quality: 92, chromaSubsampling: "4:2:0" })
      .toBuffer(),
  );

describe("estimateNoise", () => {
  it.each([5, 25])("finds sigma %i of 255 in a scene with edges and textures", (level) => {
    expect(estimateNoise(noisy(scene(160, 200), level / 255)) * 255).toBeGreaterThan(0.93 * level);
    expect(estimateNoise(noisy(scene(160, 200), level / 255)) * 255).toBeLessThan(1.07 * level);
  });

  it.each([10, 25, 50])("finds sigma %i of 255 in a JPEG file, which keeps colours at half the size", async (level) => {
    const file = await sharpJpeg(noisy(scene(160, 200), level / 255));
    const estimate = estimateNoise((await decodePicture(file, "a JPEG file")).tensor) * 255;
    expect(estimate).toBeGreaterThan(0.85 * level);
    expect(estimate).toBeLessThan(1.15 * level);
  });

  it.each([25, 50])("finds sigma %i of 255 in a JPEG file of a dark scene, where clipping takes much of it", async (level) => {
    const light = noisy(scene(160, 200), level / 255);
    const dark = Float32Array.from(light.data, (value) => value - 0.6);
    const estimate = estimateNoise((await decodePicture(await sharpJpeg({ ...light, data: dark }), "a JPEG file")).tensor) * 255;
    expect(estimate).toBeGreaterThan(0.65 * level);
    expect(estimate).toBeLessThan(1.15 * level);
  });

  it("finds next to no noise in a clean picture, whatever its format", async () => {
    const clean = scene(160, 200);
    for (const file of [await sharpJpeg(clean), await encodePicture("png", clean)])
      expect(estimateNoise((await decodePicture(file, "a clean picture")).tensor) * 255).toBeLessThan(1.5);
  });

  it("looks only at what was measured", () => {
    const whole = noisy(scene(160, 200), 0.1);
    const mask = Float32Array.from({ length: 160 * 200 }, (_, i) => (i % 200 < 60 ? 0 : 1));
    const holes = { ...whole, data: Float32Array.from(whole.data, (value, i) => value * mask[i % mask.length]!) };
    const measured: HostTensor = { shape: [1, 1, 160, 200], dtype: "float32", data: mask };
    expect(estimateNoise(holes, { measured })).toBeGreaterThan(0.093);
    expect(estimateNoise(holes, { measured })).toBeLessThan(0.107);
  });

  it("refuses what is too small, and what is no picture", () => {
    expect(() => estimateNoise(scene(20, 20))).toThrow("the noise cannot be estimated");
    expect(() => estimateNoise({ shape: [1, 3, 99], dtype: "float32", data: new Float32Array(297) })).toThrow("is no picture");
  });

  it.skipIf(!existsSync(folder))(
    "is within 10 % on a photograph of Kodak's",
    async () => {
      const files = readdirSync(folder).filter((name) => name === "kodim13.png");
      expect(files).toHaveLength(1);
      for (const file of files) {
        const { tensor } = await readPicture(`${folder}${file}`);
        for (const level of [5, 25]) expect(Math.abs((estimateNoise(noisy(tensor, level / 255)) * 255) / level - 1)).toBeLessThan(0.1);
      }
    },
    240_000,
  );
});
