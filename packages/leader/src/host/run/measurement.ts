import { drawNoise, type LinearOperator, noiseInput, toEngineNoise, unitRangeNoise } from "@leader/core";
import { equalShapes, float32Array, formatAval, type Aval, type HostTensor } from "@leader/graph";
import { errors } from "../../error-codes.js";
import type { Composition } from "../compose/compose.js";
import { varianceAt, type NoiseLevel } from "../../noise/noise-level.js";
import { guardOperator } from "../compose/guarded-stages.js";
import { applyMap } from "./maps.js";

/** Name of the draw of the measurement's noise; a sampler's draws are named otherwise, so they are independent. */
const draw = noiseInput("measurement");

/** Axes of the largest measurements. */
const longestShape = 4;

const avalOf = ({ shape, dtype }: Aval): Aval => ({ shape, dtype });

async function operatorAt(composition: Composition, image: Aval): Promise<LinearOperator> {
  return guardOperator(await composition.operatorAt(image), composition.blueprint.selected.get("operator")!);
}

/** y = A x + sigma n for an image [1,C,H,W] in [-1,1]; what is not measured stays without noise. */
export async function degrade(
  composition: Composition,
  image: HostTensor,
  options: { readonly seed: number; readonly image?: number },
): Promise<HostTensor> {
  const operator = await operatorAt(composition, avalOf(image));
  const y = await applyMap(composition, (x) => operator.apply(x), image);
  const stated = composition.statedNoise;
  if (stated === 0) return y;
  const noise = drawNoise({
    seed: options.seed,
    firstImage: options.image ?? 0,
    batch: y.shape[0] ?? 1,
    step: 0,
    input: draw,
    shape: y.shape,
  });
  const measured = expand(operator.measured, y.shape);
  const values = y.data;
  const draws = noise.data;
  const deviation = deviationOf(stated);
  if (measured === undefined) return { ...y, data: float32Array(values.length, (i) => values[i]! + deviation(values[i]!) * draws[i]!) };
  return { ...y, data: float32Array(values.length, (i) => values[i]! + deviation(values[i]!) * draws[i]! * measured[i]!) };
}

/** Standard deviation of the noise of a value, in engine units. */
function deviationOf(noise: NoiseLevel): (value: number) => number {
  if (typeof noise === "number") {
    const sigmaY = toEngineNoise(unitRangeNoise(noise));
    return () => sigmaY;
  }
  return (value) => toEngineNoise(unitRangeNoise(Math.sqrt(varianceAt(noise, (value + 1) / 2))));
}

/**
 * The measurement that a picture in [-1,1] holds: its type is checked, and entries that are not measured become 0.
 * Grey pictures stored as colour, and the other way round, are converted if only that fits.
 * Errors: `MEASUREMENT_UNFIT`, or the operator's own.
 */
export async function measurementFromPicture(composition: Composition, picture: HostTensor): Promise<HostTensor> {
  const variants = [picture, ...otherChannels(picture)];
  let first: unknown;
  for (const y of variants) {
    try {
      const image = await composition.imageFor(avalOf(y));
      const operator = await operatorAt(composition, image);
      requireRange(operator, y);
      // An operator may take any number of channels where the network does not.
      if (variants.length > 1) await composition.denoiserAt(image);
      const measured = expand(operator.measured, y.shape);
      return measured === undefined ? y : { ...y, data: float32Array(y.data.length, (i) => y.data[i]! * measured[i]!) };
    } catch (error) {
      first ??= error;
    }
  }
  throw first;
}

/**
 * The measurement of a stored array: the first of its readings, with fewer or more axes of size 1, that the operator takes; grey and colour
 * are converted as for pictures. Errors: `MEASUREMENT_UNFIT`, `ARRAY_CHANNELS_LAST`, or the operator's own.
 */
export async function measurementFromArray(composition: Composition, stored: HostTensor): Promise<HostTensor> {
  let first: unknown;
  for (const ones of [0, 1, 2]) {
    const reading = { ...stored, shape: [...Array<number>(ones).fill(1), ...stored.shape] };
    if (reading.shape.length > longestShape) continue;
    const variants = [reading, ...otherChannels(reading)];
    for (const y of variants) {
      try {
        const image = await composition.imageFor(avalOf(y));
        requireRange(await operatorAt(composition, image), y);
        // Operators take any number of channels.
        if (variants.length > 1 || hasChannelsLast(stored)) await composition.denoiserAt(image);
        return y;
      } catch (error) {
        first ??= error;
      }
    }
  }
  throw hasChannelsLast(stored) ? errors.ARRAY_CHANNELS_LAST({ shape: stored.shape }, { cause: first }) : first;
}

/** True for arrays as pictures are often kept elsewhere, [H,W,3]. */
const hasChannelsLast = ({ shape }: HostTensor): boolean =>
  shape.length >= 3 && [3, 4].includes(shape.at(-1)!) && ![1, 3].includes(shape.at(-3)!);

/** What `LinearOperator.measured` says of measurements of a type. */
export async function measured(composition: Composition, y: Aval): Promise<HostTensor | undefined> {
  return (await operatorAt(composition, await composition.imageFor(y))).measured;
}

/** Share of a measurement that was not measured, such as the holes of a picture; 0 where everything was. */
export async function missingShare(composition: Composition, y: Aval): Promise<number> {
  const mask = await measured(composition, y);
  if (mask === undefined) return 0;
  let missing = 0;
  for (const value of mask.data) if (value === 0) missing++;
  return missing / mask.data.length;
}

/** A^+ y, or A^T y where the operator has no pseudo-inverse: the measurement as an image. */
export async function pinv(composition: Composition, y: HostTensor): Promise<HostTensor> {
  const operator = await operatorAt(composition, await composition.imageFor(avalOf(y)));
  requireRange(operator, y);
  return await applyMap(composition, operator.pinv ?? ((t) => operator.adjoint(t)), y);
}

/** Errors: `MEASUREMENT_UNFIT`. */
export function requireRange(operator: LinearOperator, y: HostTensor): void {
  const { range } = operator;
  if (range.dtype === y.dtype && equalShapes(range.shape, y.shape)) return;
  throw errors.MEASUREMENT_UNFIT({ expected: formatAval(range), received: formatAval(y) });
}

/** The picture with one channel where its three are equal, or with three equal ones where it has one. */
function otherChannels(picture: HostTensor): readonly HostTensor[] {
  const [n = 1, channels = 1, height = 1, width = 1] = picture.shape;
  if (n !== 1 || picture.shape.length !== 4) return [];
  const plane = height * width;
  const { data } = picture;
  if (channels === 1) {
    const tripled = float32Array(3 * plane, (i) => data[i % plane]!);
    return [{ shape: [1, 3, height, width], dtype: "float32", data: tripled }];
  }
  const grey = channels === 3 && data.every((value, i) => value === data[i % plane]);
  return grey ? [{ shape: [1, 1, height, width], dtype: "float32", data: Float32Array.from(data.subarray(0, plane)) }] : [];
}

/** A mask broadcast to a shape. */
function expand(mask: HostTensor | undefined, shape: readonly number[]): HostTensor["data"] | undefined {
  if (mask === undefined || equalShapes(mask.shape, shape)) return mask?.data;
  const full = shape.reduce((a, b) => a * b, 1);
  const padded = [...Array.from({ length: shape.length - mask.shape.length }, () => 1), ...mask.shape];
  const data = new Float32Array(full);
  for (let i = 0; i < full; i++) {
    let rest = i;
    let from = 0;
    let stride = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const index = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
      from += (padded[axis] === 1 ? 0 : index) * stride;
      stride *= padded[axis]!;
    }
    data[i] = mask.data[from]!;
  }
  return data;
}
