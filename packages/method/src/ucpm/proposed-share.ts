import type { Level, Tensor } from "@leader/core";

/** The share of a step's noise that is drawn afresh, in variance: from `early` at high noise to `late` near the clean end. */
export interface ShareOfLevels {
  readonly early: number;
  readonly late: number;
  /** In place of both in what is measured, where it is weighed by the share of the dimensions. */
  readonly measured: number;
}

/** What the share of a step depends on. */
export interface Seen {
  readonly from: Level;
  /** See `misfitOf`. */
  readonly misfit: Tensor;
  /** Sigma of this step. */
  readonly uncertainty: Tensor;
  /** See `measuredShare`. */
  readonly measured: number;
  /** See `measurementNoise`. */
  readonly noise: Tensor;
}

/** Noise at which the share lies halfway, unless the measurement leaves more. */
const usualHalfway = 0.2;
/** How fast predicted noise is given up once the measurement contradicts it. */
const distrust = 4;
/** Keeps quotients finite where nothing is uncertain. */
const tiny = 1e-12;

/**
 * The share that LEADer proposes for a step:
 *
 *   c(sigma) = late + (early - late) sigma^4 / (sigma^4 + h^4),   h = max(0.2, noise of the measurement),    share = 1 - (1 - c) / max(1, misfit / U)^4
 *
 * At high noise the structure of the picture is decided, and noise drawn afresh lets the network mend what it got wrong; near the clean
 * end it only blurs; below the noise of the measurement it would bury what was measured. The measurement has a say too: an estimate that misses it by more than its own uncertainty U is wrong in a way that the network
 * does not see (the folded spectrum of compressed sensing, say), and the noise that it predicts holds the error fast.
 */
export function proposedShare(shares: ShareOfLevels, { measured, noise, from, misfit, uncertainty }: Seen): Tensor {
  const blend = (unmeasured: number): number => measured * shares.measured + (1 - measured) * unmeasured;
  const [early, late] = [blend(shares.early), blend(shares.late)];
  const ratio = noise.maximum(usualHalfway).div(from.sigma).square().square();
  const share = ratio.trace
    .scalar(early - late, "float32")
    .div(ratio.add(1))
    .add(late);
  const excess = misfit.div(uncertainty.mean().maximum(tiny)).maximum(1);
  return share.sub(1).div(excess.pow(distrust)).add(1);
}

/**
 * The share of each pixel, s = 1 - (1 - c) min(1, Sigma / (texture sigma)), with c that of the picture. Predicted noise keeps texture, and keeps as well
 * the noise that inverting a blur makes of the measurement's: in smooth areas that can be seen. Sigma / sigma of a texture changes little from level to
 * level (0.02 on average for photographs under a kernel, at sigma of 0.05 to 0.5), and is next to nothing where a picture is smooth.
 */
export function moreWhereSmooth(
  share: Tensor,
  { uncertainty, from, texture }: { readonly uncertainty: Tensor; readonly from: Level; readonly texture: number },
): Tensor {
  const textured = uncertainty.div(from.sigma.mul(texture).maximum(tiny)).minimum(1);
  return share.sub(1).mul(textured).add(1);
}
