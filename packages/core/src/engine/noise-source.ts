import { normals, signs, sizeOf, type HostTensor, type NoiseKey } from "@leader/graph";
import { isNamed, valueName } from "./value-names.js";

/** One draw of a step, for every image of the batch. */
export interface NoiseRequest {
  readonly seed: number;
  /** Number of the batch's first image; image n of the batch draws as image `firstImage + n`. */
  readonly firstImage: number;
  readonly batch: number;
  /** 0 for the initial state, then 1 + the number of the step. */
  readonly step: number;
  /** `noise:<name>` or `signs:<name>`, as the input of the graph is called. */
  readonly input: string;
  readonly shape: readonly number[];
  /** The draw is a part of that for a whole picture, whose pixels keep their numbers; absent: it is whole. */
  readonly within?: NoiseWindow;
}

/** Where a draw [N,C,h,w] lies in that of a whole picture [N,C,height,width]. */
export interface NoiseWindow {
  readonly height: number;
  readonly width: number;
  readonly top: number;
  readonly left: number;
}

/** Provides the draws of a run. A host may prepare them while the network computes. */
export interface NoiseSource {
  /** The array is the source's own and holds until the next `prefetch`: whoever keeps it copies it, as an upload does. */
  draw(request: NoiseRequest): HostTensor | Promise<HostTensor>;
  /** A hint that these draws are needed soon. */
  prefetch?(requests: readonly NoiseRequest[]): void;
}

/** Computes each draw when it is asked for. */
export const immediateNoise: NoiseSource = { draw: (request) => drawNoise(request) };

/**
 * The draw of a request: every image of the batch has its own stream, so a picture's noise does not depend on
 * the batch it is restored in.
 * @param data where the numbers go. Default: memory of their own.
 */
export function drawNoise(request: NoiseRequest, data: Float32Array = new Float32Array(sizeOf(request.shape))): HostTensor {
  const perImage = request.shape[0] === request.batch ? request.batch : 1;
  const count = data.length / perImage;
  const fill = isNamed(request.input, "signs") ? signs : normals;
  for (let n = 0; n < perImage; n++) {
    const key: NoiseKey = { seed: request.seed, image: request.firstImage + n, step: request.step, name: request.input };
    const into = data.subarray(n * count, (n + 1) * count);
    if (request.within === undefined) fill(key, count, into);
    else fillWindow((row, first) => fill(key, row.length, row, first), into, request.shape, request.within);
  }
  return { shape: request.shape, dtype: "float32", data };
}

/** Fills the planes of one image row by row, each with the numbers of its place in the whole. */
function fillWindow(
  fill: (row: Float32Array, first: number) => void,
  into: Float32Array,
  shape: readonly number[],
  { height, width, top, left }: NoiseWindow,
): void {
  const [rows, columns] = [shape[2] ?? 1, shape[3] ?? 1];
  for (let from = 0; from < into.length; from += columns) {
    const row = from / columns;
    const [plane, y] = [Math.floor(row / rows), row % rows];
    fill(into.subarray(from, from + columns), (plane * height + top + y) * width + left);
  }
}

/** True for inputs of a phase that the noise source fills. */
export const isNoiseInput = (name: string): boolean => isNamed(name, "noise", "signs");

/** What a draw is called that a stage asks for under a name. */
export const noiseInput = (name: string): string => valueName("noise", name);
