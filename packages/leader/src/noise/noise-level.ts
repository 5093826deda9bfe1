import { z } from "zod";

const deviation = z.number().min(0).max(1);

/** Noise whose variance grows linearly with brightness, as that of photons: standard deviations for images in [0,1]. */
export const growingNoise = z
  .strictObject({
    black: deviation.describe("standard deviation of the noise in black"),
    white: deviation.describe("standard deviation of the noise in white, at least that in black"),
  })
  .refine(({ black, white }) => white >= black, { path: ["white"], message: "noise in white is at least that in black" });

/** What is known of the noise of a measurement. */
export const noiseLevel = z.union([deviation, growingNoise]);

/** Standard deviations in black and in white; the variance of brightness x lies between, black^2 + (white^2 - black^2) x. */
export interface GrowingNoise {
  readonly black: number;
  readonly white: number;
}

/** Standard deviation of noise for images in [0,1]: one number where it is even, else those in black and in white. */
export type NoiseLevel = number | GrowingNoise;

/** One number for noise that does not grow. */
export const evenIfEqual = (noise: NoiseLevel): NoiseLevel =>
  typeof noise !== "number" && noise.black === noise.white ? noise.black : noise;

/** How fast the variance of noise grows with brightness, for images in [0,1]. */
export const gainOf = ({ black, white }: GrowingNoise): number => (white - black) * (white + black);

/** The variance of noise of a brightness, for images in [0,1]; what is darker than black has that of black. */
export const varianceAt = (noise: NoiseLevel, brightness: number): number =>
  typeof noise === "number" ? noise ** 2 : noise.black ** 2 + gainOf(noise) * Math.max(0, brightness);
