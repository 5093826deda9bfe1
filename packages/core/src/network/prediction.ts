import type { Tensor } from "@leader/graph";
import type { Level, Prior } from "../contract/denoiser.js";
import type { NetworkLevel, ValueMap } from "./image-range.js";

/** What a network's output means. */
export type Prediction = "epsilon" | "x0" | "v" | "score";

/** Which state a network sees: sqrt(alphaBar) x0 + sqrt(1 - alphaBar) epsilon, or x0 + sigma epsilon. */
export type StateScaling = "variance-preserving" | "variance-exploding";

/** The state as the network wants it, from the engine's (variance-preserving, images in [-1,1]). */
export function networkState(x: Tensor, level: Level, network: NetworkLevel, scaling: StateScaling, { scale, offset }: ValueMap): Tensor {
  if (scaling === "variance-preserving" && scale === 1) return x;
  const exploding = x.div(level.sqrtAlphaBar).mul(scale).add(offset);
  return scaling === "variance-exploding" ? exploding : exploding.mul(network.sqrtAlphaBar);
}

/** What the conversion from a prediction works on, all in the network's image units. */
interface Converted {
  readonly out: Tensor;
  /** The state the network saw. */
  readonly state: Tensor;
  readonly level: NetworkLevel;
  readonly scaling: StateScaling;
}

/** x0 and epsilon in the network's units; one of the two is exact, the other follows from state = signal x0 + noise epsilon. */
const conversions: Readonly<Record<Prediction, (at: Converted) => { readonly x0: Tensor; readonly epsilon: Tensor }>> = {
  epsilon: (at) => ({ x0: x0From(at, at.out), epsilon: at.out }),
  x0: (at) => ({ x0: at.out, epsilon: epsilonFrom(at, at.out) }),
  // Salimans and Ho 2022: v = sqrt(alphaBar) epsilon - sqrt(1 - alphaBar) x0, on the variance-preserving state.
  v: ({ out, state, level, scaling }) => {
    const preserving = scaling === "variance-preserving" ? state : state.mul(level.sqrtAlphaBar);
    return {
      x0: preserving.mul(level.sqrtAlphaBar).sub(out.mul(level.sqrtOneMinusAlphaBar)),
      epsilon: preserving.mul(level.sqrtOneMinusAlphaBar).add(out.mul(level.sqrtAlphaBar)),
    };
  },
  // The score of a Gaussian-perturbed state is -epsilon over the deviation of its noise.
  score: (at) => {
    const epsilon = at.out.mul(noiseOf(at)).neg();
    return { x0: x0From(at, epsilon), epsilon };
  },
};

const noiseOf = ({ level, scaling }: Converted): Tensor => (scaling === "variance-preserving" ? level.sqrtOneMinusAlphaBar : level.sigma);

function x0From(at: Converted, epsilon: Tensor): Tensor {
  const signal = at.state.sub(epsilon.mul(noiseOf(at)));
  return at.scaling === "variance-preserving" ? signal.div(at.level.sqrtAlphaBar) : signal;
}

function epsilonFrom(at: Converted, x0: Tensor): Tensor {
  const signal = at.scaling === "variance-preserving" ? x0.mul(at.level.sqrtAlphaBar) : x0;
  return at.state.sub(signal).div(noiseOf(at));
}

export interface PredictionOptions {
  readonly predicts: Prediction;
  readonly state: StateScaling;
  readonly values: ValueMap;
  readonly clipX0: boolean;
}

/**
 * The engine's prior from what the network returned.
 * @param x the engine's state; @param out the prediction, as many channels as the image; @param state what the network saw.
 */
export function priorFrom(x: Tensor, out: Tensor, state: Tensor, level: Level, network: NetworkLevel, options: PredictionOptions): Prior {
  const { scale, offset } = options.values;
  const { x0, epsilon } = conversions[options.predicts]({ out, state, level: network, scaling: options.state });
  const image = scale === 1 ? x0 : x0.sub(offset).div(scale);
  if (!options.clipX0) return { x0: image, epsilon };
  const clipped = image.clip(-1, 1);
  return { x0: clipped, epsilon: x.sub(clipped.mul(level.sqrtAlphaBar)).div(level.sqrtOneMinusAlphaBar) };
}
