import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { normals, type HostTensor } from "@leader/graph";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { decodePicture, encodePicture } from "../index.js";
import { readPicture } from "../picture/read-picture.js";
import { estimateGrowingNoise, estimateNoise } from "./estimate-noise.js";
import type { NoiseLevel } from "./noise-level.js";

const photograph = fileURLToPath(new URL("../../../../../shared/data/test/kodak24/kodim13.png", import.meta.url));

/** Shading from black to white with edges and a grating that is stronger where it is light: structure that must not count as growing noise. */
function scene(height: number, width: number): HostTensor {
  const data = Float32Array.from({ length: 3 * height * width }, (_, i) => {
    const [c, y, x] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
    const light = (x + 1) / (width + 1);
    const edge = Math.hypot(y - 60, x - 90) < 40 ? 0.7 : 1;
    return 2 * (0.06 + 0.86 * light * edge + 0.05 * light * Math.sin(x / 2 + c) * Math.sin(y / 3)) - 1;
  });
  return { shape: [1, 3, height, width], dtype: "float32", data };
}

/** Levels of 255. */
const noisy = ({ shape, data }: HostTensor, black: number, white: number): HostTensor => {
  const noise = normals({ seed: 3, image: 0, step: 0, name: "noise" }, data.length);
  const deviation = (value: number): number => (2 / 255) * Math.sqrt(black ** 2 + ((white ** 2 - black ** 2) * (value + 1)) / 2);
  return { shape, dtype: "float32", data: Float32Array.from(data, (value, i) => value + deviation(value) * noise[i]!) };
};

const stored = ({ shape, data }: HostTensor): HostTensor => ({
  shape,
  dtype: "float32",
  data: data.map((value) => Math.round(Math.min(1, Math.max(-1, value)) * 127.5 + 127.5) / 127.5 - 1),
});

const of255 = (noise: NoiseLevel): readonly number[] =>
  typeof noise === "number" ? [noise * 255] : [noise.black * 255, noise.white * 255];

describe("estimateGrowingNoise", () => {
  it.each([5, 15, 25, 50])("takes even noise of %i of 255 for what it is, to the bit", (level) => {
    const y = noisy(scene(128, 160), level, level);
    expect(estimateGrowingNoise(y)).toBe(estimateNoise(y));
  });

  it.each([
    [2, 25],
    [5, 40],
    [10, 15],
  ])("finds noise from %i in black to %i in white, also stored in 8 bits", (black, white) => {
    const y = noisy(scene(128, 160), black, white);
    const [low = 0, high = 0] = of255(estimateGrowingNoise(y));
    expect(Math.abs(low - black)).toBeLessThan(2);
    expect(Math.abs(high / white - 1)).toBeLessThan(0.05);
    const [cutLow = 0, cutHigh = 0] = of255(estimateGrowingNoise(stored(y)));
    expect(Math.abs(cutLow - black)).toBeLessThan(2.5);
    expect(Math.abs(cutHigh / white - 1)).toBeLessThan(0.1);
  });

  it("takes no growth from what keeps colours at half the size, nor from a clean picture", async () => {
    const jpeg = await sharp(await encodePicture("png", noisy(scene(128, 160), 2, 25)))
      .jpeg({ quality: 92, chromaSubsampling: "4:2:0" })
      .toBuffer();
    const { tensor } = await decodePicture(new Uint8Array(jpeg), "a JPEG file");
    expect(estimateGrowingNoise(tensor)).toBe(estimateNoise(tensor));
    const clean = stored(scene(128, 160));
    expect(estimateGrowingNoise(clean)).toBe(estimateNoise(clean));
    expect(estimateNoise(clean) * 255).toBeLessThan(1.3);
  });

  it("finds it in a grey picture too", () => {
    const { data } = noisy(scene(128, 160), 2, 25);
    const grey: HostTensor = { shape: [1, 1, 128, 160], dtype: "float32", data: data.slice(0, 128 * 160) };
    const [low = 0, high = 0] = of255(estimateGrowingNoise(grey));
    expect(Math.abs(low - 2)).toBeLessThan(3);
    expect(Math.abs(high / 25 - 1)).toBeLessThan(0.1);
  });

  it.each([
    [1, 30],
    [0.3, 30],
    [2, 25],
  ])("finds noise from %d to %d where a quarter of the picture is black, and takes even noise there for even", (black, white) => {
    const lit = scene(128, 160);
    const quarter: HostTensor = { ...lit, data: lit.data.map((value, i) => (i % 160 < 40 ? -1 : value)) };
    const [low = 0, high = 0] = of255(estimateGrowingNoise(noisy(quarter, black, white)));
    expect(Math.abs(low - black)).toBeLessThan(2);
    expect(Math.abs(high / white - 1)).toBeLessThan(0.05);
    const even = noisy(quarter, white, white);
    expect(estimateGrowingNoise(even)).toBe(estimateNoise(even));
  });

  it.skipIf(!existsSync(photograph))(
    "tells the two apart on the photograph of Kodak's with most texture",
    async () => {
      const { tensor } = await readPicture(photograph);
      for (const level of [5, 25]) expect(typeof estimateGrowingNoise(noisy(tensor, level, level))).toBe("number");
      const [low = 0, high = 0] = of255(estimateGrowingNoise(noisy(tensor, 5, 40)));
      expect(Math.abs(low - 5)).toBeLessThan(3.5);
      expect(Math.abs(high - 40)).toBeLessThan(3);
    },
    240_000,
  );
});
