import type { Level, StepContext, Tensor } from "@leader/core";

/** What becomes the grain of the result: a draw of brightness, and how much of the picture was open when its texture was decided. */
export interface Grain {
  /** Unit normal [N,1,H,W]: what photographs leave open is mostly brightness. */
  readonly draw: Tensor;
  /** The variance that was open [N,1,1,1], 0 before anything was estimated. */
  readonly open: Tensor;
  readonly [key: string]: Tensor;
}

/**
 * Noise at which what is open is looked at: above, structure is open that a draw of pixels could not stand for; at the end nothing is, since the state
 * holds the texture by then, right or wrong.
 */
const decided = 0.3;

/** Before the first step. */
export function nothingOpen(ctx: Pick<StepContext, "noise" | "denoiser">): Grain {
  const { shape, dtype } = ctx.denoiser.image;
  const [images = 1, , ...sides] = shape;
  const draw = ctx.noise("grain", { shape: [images, 1, ...sides], dtype });
  return { draw, open: draw.trace.scalar(0, "float32").expand([images, 1, 1, 1]) };
}

/**
 * The same after a step: U of the last one at that noise or above, or of the first below where there was none. U falls about as sigma does
 * there, so that long steps, which miss the noise by much, are set right by it.
 * @param uncertainty Sigma of this step, its shape broadcasts to that of the image.
 */
export function stillOpen({ draw, open }: Grain, from: Level, uncertainty: Tensor): Grain {
  const now = uncertainty.mean([1, 2, 3], { keepDims: true }).mul(decided).div(from.sigma.maximum(decided));
  const earlier = from.sigma.less(decided).where(open, 0);
  return { draw, open: earlier.greater(0).where(earlier, now) };
}

/**
 * What the result is given of the texture that an expectation leaves out:
 *
 *   g z,   g = strength sqrt(U at sigma 0.3)
 *
 * in the step to the clean level, 0 before. The expectation given y is the estimate of least error, and looks smooth; a draw of the posterior looks right, and has
 * twice its error; what lies between them is the best there is for either (Freirich, Michaeli, Meir 2021, A theory of the distortion-perception
 * tradeoff in Wasserstein space). A strength of 0.25 costs 10 log10(1 + 0.25^2) = 0.26 dB where all that is wrong was open at that noise, and less where more was.
 */
export function grainOf(ctx: Pick<StepContext, "ofPicture">, { draw, open }: Grain, to: Level, strength: number): Tensor {
  const amplitude = ctx.ofPicture("grain", open.sqrt().mul(strength));
  return draw.mul(to.sigma.greater(0).where(0, amplitude));
}
