import type { GrowingNoise, NoiseLevel } from "./noise-level.js";

/** As options take it: `0.1`, or `0.02..0.1` from black to white. */
export const noiseText = (noise: NoiseLevel): string =>
  typeof noise === "number" ? short(noise) : `${short(noise.black)}..${short(noise.white)}`;

/** For people: the text of options, and how much it is in levels of 8-bit pictures. */
export const noiseInWords = (noise: NoiseLevel): string =>
  typeof noise === "number"
    ? `${noise.toFixed(4)} (${levels(noise)} of 255)`
    : `${noise.black.toFixed(4)}..${noise.white.toFixed(4)} (grows from ${levels(noise.black)} of 255 in black to ${levels(noise.white)} in white)`;

/** Reads the text of `noiseText`; undefined where it is none, and where it is not in [0,1] or falls. */
export function noiseOfText(text: string): NoiseLevel | undefined {
  const [black = NaN, white, ...others] = text.split("..").map((part) => (part.trim() === "" ? NaN : Number(part)));
  if (others.length > 0 || !isLevel(black)) return undefined;
  if (white === undefined || white === black) return black;
  return isLevel(white) && white > black ? ({ black, white } satisfies GrowingNoise) : undefined;
}

const isLevel = (value: number): boolean => value >= 0 && value <= 1;
const levels = (noise: number): string => (255 * noise).toFixed(1);
const short = (noise: number): string => String(Number(noise.toPrecision(4)));
