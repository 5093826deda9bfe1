import type { FreshNoise, Level, StepContext, StepOutput, Tensor } from "@leader/core";

/** What every rule of this package keeps between steps. */
export interface LastEstimate {
  /** The last posterior mean before it was corrected towards the measurement: what time travel may restart from. */
  readonly x0: Tensor;
  readonly [key: string]: Tensor;
}

/** Noise weights below this count as "no fresh noise": they are never divided by. */
const smallestWeight = 1e-6;

/** n = eta z + sqrt(1 - eta^2) e: the share `eta` of the noise is drawn afresh, the rest is the prediction. */
export function etaSplit(eta: number, z: Tensor, epsilon: Tensor): Tensor {
  if (eta === 0) return epsilon;
  return eta === 1 ? z : z.mul(eta).add(epsilon.mul(Math.sqrt(1 - eta * eta)));
}

/**
 * Fresh noise of the same weight c everywhere: n = c z + (known before z). As c goes to 0 the whitened noise grows
 * without limit, and so does the standard error of what is learnt from it: an estimate that nothing supports shows it.
 */
export const isotropicNoise = (z: Tensor, weight: Tensor, total: Tensor): FreshNoise => ({
  whitened: z.div(weight.maximum(smallestWeight)),
  total,
});

/** Keeps the member away where the rule adds no fresh noise, as the contract asks. */
export const withFreshNoise = (
  made: Omit<StepOutput<LastEstimate>, "freshNoise">,
  eta: number,
  fresh: () => FreshNoise,
): StepOutput<LastEstimate> => (eta === 0 ? made : { ...made, freshNoise: fresh() });

/**
 * x_T = z. Written as sqrt(1-ab) n with the clean part 0, the noise is n = z / sqrt(1-ab): at the noisiest level that
 * is z but for a few parts in 10^5, and a schedule that starts lower is still described exactly.
 */
export function initialState(ctx: StepContext, level: Level, eta: number): StepOutput<LastEstimate> {
  const z = ctx.noise("init", ctx.denoiser.image);
  const st = level.sqrtOneMinusAlphaBar;
  return withFreshNoise({ x: z, state: { x0: z } }, eta, () => ({ whitened: z.mul(st), total: z.div(st.maximum(smallestWeight)) }));
}
