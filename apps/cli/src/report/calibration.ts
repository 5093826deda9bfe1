import { defined, extents, type HostTensor } from "@leader/graph";
import type { RecordedFrame } from "leader-restore";
import { spearman } from "./rank-correlation.js";

/** A map over the kept pixels, row by row. */
export interface PixelMap {
  readonly height: number;
  readonly width: number;
  readonly values: Float64Array;
}

/** Pixels of similar predicted variance. */
export interface ReliabilityBin {
  readonly predicted: number;
  /** Mean squared error of the pixels. */
  readonly actual: number;
  /** First and third quartile of their squared errors. */
  readonly quartiles: readonly [number, number];
  readonly pixels: number;
}

/** How well a predicted variance agrees with the squared error of the same prediction. */
export interface Calibration {
  readonly meanPredicted: number;
  readonly meanActual: number;
  readonly bins: readonly ReliabilityBin[];
  /** Spearman's coefficient over pixels; absent where the prediction is constant. */
  readonly byPixel?: number;
  /** The same over means of 8x8 blocks, where the randomness of single errors averages out. */
  readonly byBlock?: number;
}

const mostBins = 16;
const blockSide = 8;
const fewestBlocks = 16;

/** What several restorations have in common, in the form of a step: their mean, and their variance as what was predicted. */
export function frameOfSpread(mean: HostTensor, deviation: HostTensor): RecordedFrame {
  const variance = { ...deviation, data: deviation.data.map((value) => value * value) };
  return { step: -1, stride: 1, preview: mean, x0: mean, variance };
}

/** The predicted variance of a frame, mean over channels. */
export function varianceMap({ variance, x0 }: RecordedFrame): PixelMap | undefined {
  if (variance === undefined) return undefined;
  const [, , height, width] = extents(x0.shape, 4);
  const own = channelMean(variance, (v) => v);
  if (own.height === height && own.width === width) return own;
  const values = Float64Array.from({ length: height * width }, (_, i) => {
    const [row, column] = [Math.floor(i / width), i % width];
    return own.values[(own.height === 1 ? 0 : row) * own.width + (own.width === 1 ? 0 : column)]!;
  });
  return { height, width, values };
}

/** The squared error of a frame's posterior mean against the clean picture at the same pixels, mean over channels. */
export function squaredErrorMap({ x0, stride }: RecordedFrame, reference: HostTensor): PixelMap {
  const [, channels, height, width] = extents(x0.shape, 4);
  const [fullHeight, fullWidth] = extents(reference.shape.slice(-2), 2);
  const difference = new Float32Array(x0.data.length);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < height; i++) {
      for (let j = 0; j < width; j++) {
        const at = (c * height + i) * width + j;
        difference[at] = x0.data[at]! - reference.data[(c * fullHeight + i * stride) * fullWidth + j * stride]!;
      }
    }
  }
  return channelMean({ ...x0, data: difference }, (v) => v * v);
}

/** Compares a predicted variance with squared errors, pixel by pixel and in bins of equal size. */
export function calibrate(predicted: PixelMap, actual: PixelMap): Calibration {
  const byPixel = spearman(predicted.values, actual.values);
  const [p, a] = [blockMeans(predicted), blockMeans(actual)];
  const byBlock = p.length < fewestBlocks ? undefined : spearman(p, a);
  return {
    meanPredicted: mean(predicted.values),
    meanActual: mean(actual.values),
    bins: reliabilityBins(predicted.values, actual.values),
    ...defined({ byPixel, byBlock }),
  };
}

/** Bins of (almost) equally many pixels in the order of the prediction; equal predictions stay in one bin. */
export function reliabilityBins(predicted: Float64Array, actual: Float64Array): readonly ReliabilityBin[] {
  const order = Uint32Array.from(predicted.keys()).sort((i, j) => predicted[i]! - predicted[j]!);
  const size = Math.max(1, Math.ceil(order.length / mostBins));
  const bins: ReliabilityBin[] = [];
  for (let start = 0; start < order.length;) {
    let end = Math.min(order.length, start + size);
    while (end < order.length && predicted[order[end]!]! === predicted[order[end - 1]!]!) end++;
    const members = order.subarray(start, end);
    const errors = Float64Array.from(members, (i) => actual[i]!).sort();
    const quartile = (q: number): number => errors[Math.min(errors.length - 1, Math.floor(q * errors.length))]!;
    bins.push({
      predicted: mean(Float64Array.from(members, (i) => predicted[i]!)),
      actual: mean(errors),
      quartiles: [quartile(0.25), quartile(0.75)],
      pixels: members.length,
    });
    start = end;
  }
  return bins;
}

/** The mean over the channels of a function of the values of an image [1,C,H,W]. */
export function channelMean({ shape, data }: HostTensor, f: (value: number) => number): PixelMap {
  const [, channels, height, width] = extents(shape, 4);
  const plane = height * width;
  const values = new Float64Array(plane);
  for (let i = 0; i < data.length; i++) values[i % plane]! += f(data[i]!) / channels;
  return { height, width, values };
}

/** Means of whole blocks; what does not fill a block at the right and lower border is left out. */
function blockMeans({ height, width, values }: PixelMap): Float64Array {
  const [rows, columns] = [Math.floor(height / blockSide), Math.floor(width / blockSide)];
  const means = new Float64Array(rows * columns);
  for (let i = 0; i < rows * blockSide; i++) {
    for (let j = 0; j < columns * blockSide; j++) {
      means[Math.floor(i / blockSide) * columns + Math.floor(j / blockSide)]! += values[i * width + j]! / blockSide ** 2;
    }
  }
  return means;
}

const mean = (values: Float64Array): number => values.reduce((a, b) => a + b, 0) / values.length;
