import { equalShapes, type Aval, type Rematerialisation, type Tensor } from "@leader/graph";
import type { Denoiser, NoiseSchedule } from "../contract/denoiser.js";
import { networkLevel, valueMap, type ImageRange, type NetworkLevel } from "./image-range.js";
import { networkState, priorFrom, type Prediction, type StateScaling } from "./prediction.js";

/** How a network was trained: what it is fed, and what its output means. */
export interface NetworkConvention {
  readonly schedule: NoiseSchedule;
  readonly range: ImageRange;
  readonly state: StateScaling;
  readonly predicts: Prediction;
  readonly clipX0: boolean;
  readonly rematerialise: Rematerialisation | "nothing";
}

/** A network for images of one type. */
export interface SizedNetwork {
  /** Shape of the state that it takes: the image's, or larger by a padding. */
  readonly padded: readonly number[];
  /** Emits the network on a state of the padded shape. What it returns begins, in every axis, with the prediction for the image. */
  evaluate(state: Tensor, level: NetworkLevel): Tensor;
}

/**
 * The denoiser of a network: brings the engine's state and level into the network's convention, mirrors the borders where it needs a larger
 * image, and makes posterior mean and noise of what it returns, whatever it predicts.
 */
export function networkDenoiser(convention: NetworkConvention, image: Aval, network: SizedNetwork): Denoiser {
  const { schedule, rematerialise, predicts, state: scaling, clipX0 } = convention;
  const values = valueMap(convention.range);
  const denoise: Denoiser["denoise"] = (x, level) => {
    const own = networkLevel(level, schedule, values);
    const state = networkState(x, level, own, scaling, values);
    const out = network.evaluate(extended(state, network.padded), own);
    const prediction = equalShapes(out.shape, image.shape) ? out : out.slice([0, 0, 0, 0], image.shape);
    return priorFrom(x, prediction, state, level, own, { predicts, state: scaling, values, clipX0 });
  };
  return { image, schedule, differentiable: true, denoise, ...(rematerialise === "nothing" ? {} : { rematerialise }) };
}

/** Pads below and to the right: mirrored, as far as the image has pixels to mirror. */
function extended(x: Tensor, shape: readonly number[]): Tensor {
  const more = shape.map((n, axis) => n - x.shape[axis]!);
  const mode = more.every((n, axis) => n < x.shape[axis]!) ? "reflect" : "edge";
  return x.pad([0, 0, 0, 0, ...more], mode);
}

/** Shape of an image whose sides are made multiples of a number of pixels. */
export function paddedShape(shape: readonly number[], multiple: number): readonly number[] {
  return shape.map((n, axis) => (axis < 2 ? n : Math.ceil(n / multiple) * multiple));
}
