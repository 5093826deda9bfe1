import { equalShapes, type Aval, type Rematerialisation, type Tensor } from "@leader/graph";
import type { Denoiser, NoiseSchedule } from "../contract/denoiser.js";
import { networkLevel, valueMap, type ImageRange, type NetworkLevel } from "./image-range.js";
import { networkState, priorFrom, type Prediction, type StateScaling } from "./prediction.js";
import { extended, inTiles, type Tiling } from "./tiles.js";

/** Weights from which on a network is large: its activations are then worth computing again. */
const largeNetwork = 50e6;

/** What a derivative of a network computes again where the pipeline does not say: what costs little, once memory is short. */
export const defaultRematerialisation = (parameters: number): NetworkConvention["rematerialise"] =>
  parameters >= largeNetwork ? "elementwise" : "nothing";

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
  /** Shape of the state that it takes: the image's (or a tile's), or larger by a padding. */
  readonly padded: readonly number[];
  /** How the picture is cut for it; absent: it sees the picture whole. */
  readonly tiling?: Tiling | undefined;
  /**
   * Emits the network on a state of the padded shape. What it returns begins, in every axis, with the prediction for the image or tile.
   * @param evaluations what the call counts as: 1, or 0 for a further tile of the same evaluation
   */
  evaluate(state: Tensor, level: NetworkLevel, evaluations: number): Tensor;
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
    const predict = (part: Tensor, evaluations: number): Tensor => {
      const out = network.evaluate(extended(part, network.padded), own, evaluations);
      return equalShapes(out.shape, part.shape) ? out : out.slice([0, 0, 0, 0], part.shape);
    };
    const prediction = network.tiling === undefined ? predict(state, 1) : inTiles(state, network.tiling, predict);
    return priorFrom(x, prediction, state, level, own, { predicts, state: scaling, values, clipX0 });
  };
  return { image, schedule, differentiable: true, denoise, ...(rematerialise === "nothing" ? {} : { rematerialise }) };
}

/** Shape of an image whose sides are made multiples of a number of pixels. */
export function paddedShape(shape: readonly number[], multiple: number): readonly number[] {
  return shape.map((n, axis) => (axis < 2 ? n : Math.ceil(n / multiple) * multiple));
}
