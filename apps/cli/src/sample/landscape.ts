import type { HostTensor } from "@leader/graph";
import { fractalNoise } from "./fractal-noise.js";

type Rgb = readonly [number, number, number];

/** Of the landscape that the demo shows. */
const usualSeed = 1;

/**
 * A generated evening landscape: sky with clouds and sun, three mountain ridges, a lake with reflections, a cabin and
 * grass. The demo restores it, so that no photograph has to be shipped; it has smooth regions, hard edges and texture, the finest of
 * them some ten pixels of 256 wide, as a lens would leave it: what is finer no four-fold enlargement could tell.
 * @returns [1,3,size,size] in [-1,1]
 */
export function landscape(size: number, seed = usualSeed): HostTensor {
  const scene = makeScene(seed);
  const data = new Float32Array(3 * size * size);
  const plane = size * size;
  // Four samples per pixel: edges as a camera would see them.
  const offsets = [0.25, 0.75];
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const sum = [0, 0, 0];
      for (const dy of offsets)
        for (const dx of offsets) scene((column + dx) / size, (row + dy) / size).forEach((v, c) => (sum[c]! += v / 4));
      for (let c = 0; c < 3; c++) data[c * plane + row * size + column] = 2 * Math.min(1, Math.max(0, sum[c]!)) - 1;
    }
  }
  return { shape: [1, 3, size, size], dtype: "float32", data };
}

const mix = (a: Rgb, b: Rgb, t: number): Rgb => [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t];
const scaleBy = (a: Rgb, k: number): Rgb => [a[0] * k, a[1] * k, a[2] * k];
const ramp = (from: number, to: number, x: number): number => Math.min(1, Math.max(0, (x - from) / (to - from)));

const shoreline = 0.63;

/** A ridge of mountains. */
interface Ridge {
  readonly base: number;
  readonly height: number;
  readonly scale: number;
  readonly shift: number;
  readonly light: Rgb;
  readonly dark: Rgb;
  /** Above it lies snow; none where negative. */
  readonly snow: number;
}

const ridges: readonly Ridge[] = [
  { base: 0.47, height: 0.3, scale: 2.1, shift: 0, light: [0.55, 0.52, 0.62], dark: [0.34, 0.36, 0.5], snow: 0.33 },
  { base: 0.56, height: 0.24, scale: 2.9, shift: 11.7, light: [0.42, 0.36, 0.4], dark: [0.2, 0.22, 0.32], snow: -1 },
  { base: 0.615, height: 0.13, scale: 4.3, shift: 31.1, light: [0.27, 0.27, 0.2], dark: [0.08, 0.12, 0.11], snow: -1 },
];

function makeScene(seed: number): (x: number, y: number) => Rgb {
  const clouds = fractalNoise(seed, "clouds", 6);
  const ridge = fractalNoise(seed, "ridge", 7);
  const rock = fractalNoise(seed, "rock", 3);
  const water = fractalNoise(seed, "water", 4);
  const grass = fractalNoise(seed, "grass", 2);

  const sky = (x: number, y: number): Rgb => {
    const base = mix([0.2, 0.36, 0.62], [0.98, 0.73, 0.48], ramp(0, 0.6, y));
    const sunDistance = Math.hypot(x - 0.72, (y - 0.36) * 1.1);
    const glow = Math.exp(-sunDistance * 5);
    const cover = ramp(0.48, 0.72, clouds(3.2 * x, 9 * y));
    const clouded = mix(base, mix([0.62, 0.55, 0.6], [1, 0.86, 0.74], ramp(0.35, 0, sunDistance)), 0.75 * cover);
    const lit = mix(clouded, [1, 0.9, 0.66], 0.7 * glow);
    return mix(lit, [1, 0.97, 0.86], ramp(0.047, 0.041, sunDistance));
  };

  const land = (x: number, y: number): Rgb => {
    let colour = sky(x, y);
    for (const layer of ridges) {
      const crest = (u: number): number => layer.base - layer.height * (ridge(layer.scale * u + layer.shift, layer.shift) - 0.28) * 1.6;
      const top = crest(x);
      if (y < top) continue;
      const slope = (crest(x + 0.004) - crest(x - 0.004)) / 0.008;
      const texture = rock(12 * x + layer.shift, 12 * y);
      const light = Math.min(1, Math.max(0, 0.5 - 0.35 * slope + 1.1 * (texture - 0.5)));
      const surface = mix(layer.dark, layer.light, light);
      const snow = layer.snow > 0 && y < layer.snow + 0.1 * (texture - 0.5) ? 1 : 0;
      colour = mix(
        snow === 1 ? mix([0.6, 0.64, 0.75], [0.97, 0.93, 0.92], light) : surface,
        [0.9, 0.72, 0.58],
        0.25 * ramp(layer.base - 0.2, layer.base + 0.1, y) * (layer.snow > 0 ? 1 : 0.3),
      );
    }
    return colour;
  };

  const lake = (x: number, y: number): Rgb => {
    const depth = y - shoreline;
    const ripple = (water(5 * x, 60 * depth + 3) - 0.5) * (0.012 + 0.16 * depth);
    const mirrored = land(x + ripple, Math.max(0, shoreline - depth * 1.25 + 1.6 * ripple));
    const sparkle = ramp(0.7, 0.78, water(18 * x, 150 * depth)) * Math.exp(-Math.abs(x - 0.72) * 9);
    return mix(mix(scaleBy(mirrored, 0.82), [0.1, 0.2, 0.32], 0.22 + 0.3 * depth), [1, 0.93, 0.75], 0.7 * sparkle);
  };

  const meadow = (x: number, y: number): Rgb => {
    const blade = grass(30 * x + 6 * Math.sin(9 * y), 12 * y);
    const patch = grass(5 * x, 7 * y);
    return mix(mix([0.1, 0.16, 0.05], [0.45, 0.5, 0.16], ramp(0.25, 0.75, blade)), [0.62, 0.5, 0.2], 0.55 * ramp(0.5, 0.8, patch));
  };

  return (x, y) => {
    const bank = 0.83 + 0.05 * Math.sin(5 * x + 0.6) + 0.02 * (grass(60 * x, 1) - 0.5) * 2;
    const cabin = cabinColour(x, y);
    if (cabin !== undefined) return cabin;
    if (y > bank) return meadow(x, y);
    return y > shoreline ? lake(x, y) : land(x, y);
  };
}

/** A cabin with plank walls, lit windows and a dark roof: straight edges and regular fine detail. */
function cabinColour(x: number, y: number): Rgb | undefined {
  const u = (x - 0.12) / 0.26;
  const v = (y - 0.68) / 0.2;
  const roof = v < 0.36 && v > 0 && Math.abs(u - 0.5) < 0.08 + 1.36 * v;
  if (roof) return scaleBy([0.34, 0.14, 0.1], 0.75 + 0.5 * (Math.floor(v * 7) % 2));
  if (u < 0.06 || u > 0.94 || v < 0.36 || v > 1) return undefined;
  const inWindow = (left: number): boolean => u > left && u < left + 0.2 && v > 0.5 && v < 0.74;
  for (const left of [0.14, 0.66]) {
    if (!inWindow(left)) continue;
    const bar = Math.abs(u - left - 0.1) < 0.012 || Math.abs(v - 0.62) < 0.02;
    return bar ? [0.16, 0.1, 0.07] : [1, 0.84, 0.45];
  }
  if (u > 0.43 && u < 0.57 && v > 0.56) return u > 0.54 && Math.abs(v - 0.8) < 0.02 ? [0.9, 0.75, 0.3] : [0.22, 0.12, 0.08];
  return scaleBy([0.55, 0.36, 0.22], 0.72 + 0.4 * ((u * 7) % 1 < 0.88 ? 1 : 0));
}
