import type { FreshNoise, StepContext, StepOutput } from "../contract/baseline.js";
import type { Level } from "../contract/denoiser.js";
import type { SpectralForm } from "../contract/operator.js";
import type { Tensor } from "@leader/graph";

/** What most update rules keep between steps. */
export interface LastEstimate {
  /** The last clean image of the rule: what the noise of a state that travels back is measured from. */
  readonly x0: Tensor;
  readonly [key: string]: Tensor;
}

/** Noise weights below this count as "no fresh noise": nothing is divided by less. */
const smallestWeight = 1e-6;
/** Fresh noise of less than a tenth of the level is not amplified further when it is whitened. */
const whiteningFloor = 0.1;

/**
 * Fresh noise of a weight c, everywhere or for each pixel: n = c z + (known before z). As c goes to 0 the whitened noise grows without limit, and so
 * does the standard error of what is learnt from it: an estimate that nothing supports shows it.
 * @param weight c in [0,1], a scalar or one that broadcasts to z. @param total n.
 */
export const isotropicNoise = (z: Tensor, weight: Tensor, total: Tensor): FreshNoise => ({
  whitened: z.div(weight.maximum(smallestWeight)),
  total,
});

/**
 * The same for a rule that has its noise in units of the state: x = sqrt(alphaBar) (something known) + noise, with `spread` z fresh in it.
 * @param spread a scalar, or of the image's type. @param noise sqrt(1-alphaBar) n.
 */
export function isotropicStateNoise(z: Tensor, spread: Tensor, noise: Tensor, level: Level): FreshNoise {
  const st = level.sqrtOneMinusAlphaBar.maximum(smallestWeight);
  return { whitened: z.mul(st.div(spread.maximum(smallestWeight))), total: noise.div(st) };
}

/**
 * Fresh noise that a rule draws as coefficients z of a decomposition and shapes to V diag(spread) z: M = V diag(spread / sqrt(1-alphaBar)) V^T
 * on the unit normal V z.
 * @param spread per component. @param noise the coefficients of all noise of the state.
 */
export function shapedNoise(svd: SpectralForm, z: Tensor, spread: Tensor, noise: Tensor, level: Level): FreshNoise {
  const st = level.sqrtOneMinusAlphaBar.maximum(smallestWeight);
  const c = spread.div(st).expand(svd.shape);
  return { whitened: svd.v(z.mul(whiteningWeights(c, whiteningFloor))), total: svd.v(noise).div(st) };
}

/**
 * Weights w that undo a shaping c of fresh noise, bounded where c is small: w = 1 / max(c, floor), divided by mean(w c). Components with
 * c below the floor are seen faintly; the division assumes that on average they are as uncertain as the others. If nearly all are
 * unseen the weights explode, and the standard error with them.
 */
export function whiteningWeights(c: Tensor, floor: number): Tensor {
  const w = c.trace.scalar(1, "float32").div(c.maximum(floor));
  return w.div(w.mul(c).mean().maximum(smallestWeight));
}

/** n of x = sqrt(alphaBar) x0 + sqrt(1-alphaBar) n for a given clean image. */
export const noiseAround = (x: Tensor, x0: Tensor, { sqrtAlphaBar, sqrtOneMinusAlphaBar }: Level): Tensor =>
  x.sub(sqrtAlphaBar.mul(x0)).div(sqrtOneMinusAlphaBar.maximum(smallestWeight));

/**
 * The usual first state x = z. Written as sqrt(1-alphaBar) n with the clean part 0, its noise is n = z / sqrt(1-alphaBar): at the noisiest
 * level that is z but for a few parts in 10^5, and a schedule that starts lower is still described exactly.
 */
export function pureNoise(ctx: StepContext, level: Level): Required<StepOutput<LastEstimate>> {
  const z = ctx.noise("init", ctx.denoiser.image);
  const st = level.sqrtOneMinusAlphaBar;
  return { x: z, state: { x0: z }, freshNoise: { whitened: z.mul(st), total: z.div(st.maximum(smallestWeight)) } };
}

/**
 * A clean image as a state of a level, sqrt(alphaBar) x0 + sqrt(1-alphaBar) z with all noise drawn afresh: how methods that decouple the data step
 * from the states begin, go on and travel. At the clean level it is x0.
 * @param name of the draw.
 */
export function noisedTo(ctx: StepContext, x0: Tensor, level: Level, name: string): Required<StepOutput<LastEstimate>> {
  const z = ctx.noise(name, ctx.denoiser.image);
  return {
    x: level.sqrtAlphaBar.mul(x0).add(level.sqrtOneMinusAlphaBar.mul(z)),
    state: { x0 },
    freshNoise: { whitened: z, total: z },
  };
}

/** What a rule made, without the fresh noise unless it `reports` any: the contract asks that a rule that adds none leaves the member away. */
export function freshNoiseIf<S extends StepOutput["state"]>(reports: boolean, made: StepOutput<S>): StepOutput<S> {
  const { x, state } = made;
  return reports ? made : { x, state };
}
