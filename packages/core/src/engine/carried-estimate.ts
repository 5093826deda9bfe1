import type { Level } from "../contract/denoiser.js";
import type { Aval, Tensor, GraphBuilder } from "@leader/graph";
import type { Uncertainty } from "../contract/uncertainty.js";
import { valueName } from "./value-names.js";

/** An estimate and the noise sigma at which it was made. */
export type KeptEstimate = Uncertainty & { readonly sigma: Tensor };

const scalar: Aval = { shape: [], dtype: "float32" };
const nameOf = (part: keyof KeptEstimate): string => valueName("kept", part);

/** A kept estimate as results of a phase. */
export const keptResults = ({ variance, mean, standardError, sigma }: KeptEstimate): readonly (readonly [string, Tensor])[] => [
  [nameOf("variance"), variance],
  [nameOf("mean"), mean],
  [nameOf("standardError"), standardError],
  [nameOf("sigma"), sigma],
];

/** A kept estimate as inputs of a phase. @param variance type of the map. */
export const keptInputs = (builder: GraphBuilder, variance: Aval): KeptEstimate => ({
  variance: builder.param(nameOf("variance"), variance),
  mean: builder.param(nameOf("mean"), scalar),
  standardError: builder.param(nameOf("standardError"), scalar),
  sigma: builder.param(nameOf("sigma"), scalar),
});

/**
 * What an estimate at one noise level says about another: 1 / Sigma' = 1 / Sigma - 1 / sigma^2 + 1 / sigma'^2. A state is the image with noise, so
 * the precision of the posterior is that of the noise and what the prior adds; the latter is carried on. Exact where the prior is a Gaussian with
 * independent pixels. Limits of the map, [0, sigma^2], hold at the other level too.
 */
export function carriedEstimate({ variance, mean, standardError, sigma }: KeptEstimate, to: Level): Uncertainty {
  const [before, now] = [sigma.square(), to.sigma.square()];
  const one = sigma.trace.scalar(1, "float32");
  const change = one.div(now).sub(one.div(before));
  const factorAt = (value: Tensor): Tensor => value.clip(0, before).mul(change).add(1).maximum(smallestFactor);
  const factor = factorAt(mean);
  return {
    variance: variance.div(factorAt(variance)).minimum(now),
    mean: mean.div(factor).minimum(now),
    standardError: standardError.div(factor.square()),
  };
}

/** Reached where the noise has grown and the prior added nothing: then all that is known is the limit. */
const smallestFactor = 1e-6;
