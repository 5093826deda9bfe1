import type { Aval, Rematerialisation, Tensor } from "@leader/graph";
import type { Denoiser, NoiseSchedule } from "../contract/denoiser.js";
import { networkLevel, valueMap, type ImageRange, type NetworkLevel } from "./image-range.js";
import { networkState, priorFrom, type Prediction, type StateScaling } from "./prediction.js";
import { beginningOf, extended, inTiles, type Tiling } from "./tiles.js";

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
  /**
   * True if twice the image's channels are a prediction and the learned range of the variance of a step (Nichol, Dhariwal 2021, eq. 15), false if
   * nothing is known of the second half. The range is that of images in [-1,1], and not used with others.
   */
  readonly learnedRange: boolean;
  readonly rematerialise: Rematerialisation | "nothing";
}

/** A network for images of one type. */
export interface SizedNetwork {
  /** Shape of the state that it takes: the image's (or a tile's), or larger by a padding. */
  readonly padded: readonly number[];
  /** How the picture is cut for it; absent: it sees the picture whole. */
  readonly tiling?: Tiling | undefined;
  /**
   * Emits the network on a state of the padded shape. What it returns begins, in every axis, with the prediction for the image or tile; of
   * twice the channels, the second half is the learned range of the variance (`learnedRange`).
   * @param evaluations what the call counts as: 1, or 0 for a further tile of the same evaluation
   */
  evaluate(state: Tensor, level: NetworkLevel, evaluations: number): Tensor;
}

/**
 * The denoiser of a network: brings the engine's state and level into the network's convention, mirrors the borders where it needs a larger
 * image, and makes posterior mean and noise of what it returns, whatever it predicts.
 */
export function networkDenoiser(convention: NetworkConvention, image: Aval, network: SizedNetwork): Denoiser {
  const { schedule, rematerialise, predicts, state: scaling, clipX0, learnedRange } = convention;
  const channels = image.shape[1]!;
  const values = valueMap(convention.range);
  const denoise: Denoiser["denoise"] = (x, level) => {
    const own = networkLevel(level, schedule, values);
    const state = networkState(x, level, own, scaling, values);
    const predict = (part: Tensor, evaluations: number): Tensor => {
      const out = network.evaluate(extended(part, network.padded), own, evaluations);
      const kept = learnedRange && values.scale === 1 && out.shape[1] === 2 * channels ? 2 * channels : channels;
      return beginningOf(out, [part.shape[0]!, kept, ...part.shape.slice(2)]);
    };
    const prediction = network.tiling === undefined ? predict(state, 1) : inTiles(state, network.tiling, predict);
    const prior = priorFrom(x, beginningOf(prediction, image.shape), state, level, own, { predicts, state: scaling, values, clipX0 });
    if (prediction.shape[1] === channels) return prior;
    // The network gives v in [-1,1] for f in [0,1].
    return {
      ...prior,
      varianceShare: prediction
        .sliceAxis(1, channels, 2 * channels)
        .add(1)
        .div(2),
    };
  };
  return { image, schedule, differentiable: true, denoise, ...(rematerialise === "nothing" ? {} : { rematerialise }) };
}

/** Shape of an image whose sides are made multiples of a number of pixels. */
export function paddedShape(shape: readonly number[], multiple: number): readonly number[] {
  return shape.map((n, axis) => (axis < 2 ? n : Math.ceil(n / multiple) * multiple));
}
