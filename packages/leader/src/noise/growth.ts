import type { HostTensor } from "@leader/graph";
import type { GrowingNoise } from "./noise-level.js";
import type { Patches } from "./patches.js";

/** Patches whose noise is looked at one by one. */
const mostPatches = 5000;
/** Groups of patches of like brightness, as many in each. */
const groups = 12;
/** Rounds of the fit, and the share by which a group may be off before it counts less. */
const [rounds, usualMisfit] = [10, 0.05];
/** From how many times as much noise in the lightest group as in the darkest noise counts as growing. */
const leastRatio = 1.15;
/** As little as the network knows, 1.3 of 255. What seems to grow below that is rounding, compression and texture. */
const leastNoise = 1.3 / 255;
/** A level of noise has to be that far from black and white, in its own units, for patches to have all of it. */
const farFromLimits = 2.5;

/** Patches of like brightness: how bright they are, and the variance of their noise, both for images in [0,1]. */
interface Group {
  readonly brightness: number;
  readonly variance: number;
}

/** A variance of noise as a line over brightness. */
interface Line {
  readonly offset: number;
  readonly gain: number;
}

/**
 * How noise grows with brightness, from the directions of patches that hold noise alone; undefined where it hardly does. What a patch has in a
 * direction e has the variance s^2 + g sum_i e_i^2 x_i: mean squares over directions lie on a line over the brightness that the same
 * directions see. Medians of patches of like brightness are fitted, so that textures in some of them do not count.
 */
export function growth(picture: HostTensor, patches: Patches): GrowingNoise | undefined {
  const found = groupsOf(picture, patches);
  const line = fitted(within(found, fitted(found)));
  const at = ({ brightness }: Group): number => Math.sqrt(varianceOn(line, brightness));
  const [darkest, lightest] = [found[0]!, found.at(-1)!];
  if (!(at(lightest) > Math.max(leastNoise, leastRatio * at(darkest)))) return undefined;
  return { black: Math.sqrt(line.offset), white: Math.min(1, Math.sqrt(line.offset + line.gain)) };
}

function groupsOf(picture: HostTensor, patches: Patches): readonly Group[] {
  const { count, brightness, squares } = noiseOfPatches(picture, patches);
  const order = Int32Array.from({ length: count }, (_, i) => i).sort((a, b) => brightness[a]! - brightness[b]!);
  const directions = patches.offsets.length - patches.firstOfNoise;
  // The median of the mean of so many squares of standard normal numbers (Wilson, Hilferty 1931).
  const median = (1 - 2 / (9 * directions)) ** 3;
  return Array.from({ length: groups }, (_, k) => {
    const members = order.subarray(Math.floor((k * count) / groups), Math.floor(((k + 1) * count) / groups));
    const sorted = Float64Array.from(members, (i) => squares[i]!).sort();
    const sum = members.reduce((total, i) => total + brightness[i]!, 0);
    return { brightness: sum / members.length, variance: sorted[Math.floor(sorted.length / 2)]! / median };
  });
}

/** Of each patch, the brightness that its directions of noise see, and the mean square of what it has in them. */
function noiseOfPatches(
  { data }: HostTensor,
  { places, offsets, mean, svd, firstOfNoise }: Patches,
): { readonly count: number; readonly brightness: Float64Array; readonly squares: Float64Array } {
  const n = offsets.length;
  const directions = n - firstOfNoise;
  const rows = Array.from({ length: directions }, (_, k) =>
    Float64Array.from({ length: n }, (_value, i) => svd.u.data[i * n + firstOfNoise + k]!),
  );
  const seen = Float64Array.from({ length: n }, (_, i) => rows.reduce((sum, row) => sum + row[i]! ** 2, 0) / directions);
  const stride = Math.max(1, Math.floor(places.length / mostPatches));
  const count = Math.floor((places.length - 1) / stride) + 1;
  const [brightness, squares, values] = [new Float64Array(count), new Float64Array(count), new Float64Array(n)];
  for (let patch = 0; patch < count; patch++) {
    const place = places[patch * stride]!;
    for (let i = 0; i < n; i++) {
      const value = (data[place + offsets[i]!]! + 1) / 2;
      values[i] = value - (mean[i]! + 1) / 2;
      brightness[patch]! += seen[i]! * value;
    }
    for (const row of rows) {
      let product = 0;
      for (let i = 0; i < n; i++) product += row[i]! * values[i]!;
      squares[patch]! += product ** 2 / directions;
    }
  }
  return { count, brightness, squares };
}

/** The groups whose noise is hardly cut off at black and white; all, where they are too few. */
function within(found: readonly Group[], line: Line): readonly Group[] {
  const kept = found.filter(({ brightness }) => {
    const reach = farFromLimits * Math.sqrt(varianceOn(line, brightness));
    return brightness > reach && 1 - brightness > reach;
  });
  return kept.length < groups / 2 ? found : kept;
}

/** The line without a negative end that groups lie on; those far off it count little. */
function fitted(found: readonly Group[]): Line {
  const least = leastVariance(found);
  let weights = found.map(({ variance }) => 1 / Math.max(least, variance) ** 2);
  let line = weighted(found, weights);
  for (let round = 1; round < rounds; round++) {
    const expected = found.map(({ brightness }) => Math.max(least, varianceOn(line, brightness)));
    weights = expected.map((value, k) => 1 / value ** 2 / (1 + ((found[k]!.variance - value) / value / usualMisfit) ** 2));
    line = weighted(found, weights);
  }
  return line;
}

/** The variance of what is no darker than black: noise takes the mean of a black area a little below. */
const varianceOn = ({ offset, gain }: Line, brightness: number): number => offset + gain * Math.max(0, brightness);

/** Below that a group counts as one that has it: a black area, which has next to no noise, would outweigh all others. */
function leastVariance(found: readonly Group[]): number {
  const variances = found.map(({ variance }) => variance).sort((a, b) => a - b);
  return Math.max(tiny, leastShare * variances[Math.floor(variances.length / 2)]!);
}
const [tiny, leastShare] = [1e-12, 0.01];

function weighted(found: readonly Group[], weights: readonly number[]): Line {
  const sum = (of: (group: Group) => number): number => found.reduce((total, group, k) => total + weights[k]! * of(group), 0);
  const [all, x, y] = [sum(() => 1), sum(({ brightness }) => brightness), sum(({ variance }) => variance)];
  const [xx, xy] = [sum(({ brightness }) => brightness ** 2), sum(({ brightness, variance }) => brightness * variance)];
  const determinant = all * xx - x * x;
  const gain = (all * xy - x * y) / determinant;
  const offset = (xx * y - x * xy) / determinant;
  if (!(gain > 0)) return { offset: y / all, gain: 0 };
  return offset < 0 ? { offset: 0, gain: xy / xx } : { offset, gain };
}
