import type { Level, StepContext, StepOutput, Tensor } from "@leader/core";
import { isotropicNoise, withFreshNoise, type LastEstimate } from "./noise.js";

/** Where time travel restarts: `x0` as the released code does, `state` as the paper's Algorithm 2 says. */
export type TravelFrom = "x0" | "state";

interface Journey {
  readonly x: Tensor;
  readonly from: Level;
  readonly to: Level;
}

/** Time travel (Wang et al. 2023, section 3.3): back to a noisier level without a network evaluation. */
export function travel(
  ctx: StepContext,
  at: Journey,
  state: LastEstimate,
  options: { readonly eta: number; readonly travelFrom: TravelFrom },
): StepOutput<LastEstimate> {
  const z = ctx.noise("travel", ctx.denoiser.image);
  return options.travelFrom === "x0" ? fromEstimate(z, at, state, options.eta) : fromState(z, at, state, options.eta);
}

/** x_t'' = sqrt(a'') x0 + sqrt(1-a'') z with the last uncorrected x0. */
function fromEstimate(z: Tensor, { to }: Journey, state: LastEstimate, eta: number): StepOutput<LastEstimate> {
  const x = to.sqrtAlphaBar.mul(state.x0).add(to.sqrtOneMinusAlphaBar.mul(z));
  return withFreshNoise({ x, state }, eta, () => ({ whitened: z, total: z }));
}

/** x_t'' = sqrt(a''/a) x_t + sqrt(1 - a''/a) z: the forward process. */
function fromState(z: Tensor, { x: before, from, to }: Journey, state: LastEstimate, eta: number): StepOutput<LastEstimate> {
  const ratio = to.sqrtAlphaBar.div(from.sqrtAlphaBar);
  // 1 - a''/a, formed from 1 - a of both levels so that nothing cancels near the clean end.
  const variance = to.sqrtOneMinusAlphaBar.square().sub(ratio.square().mul(from.sqrtOneMinusAlphaBar.square()));
  const spread = variance.maximum(0).sqrt();
  const x = ratio.mul(before).add(spread.mul(z));
  return withFreshNoise({ x, state }, eta, () => {
    const st = to.sqrtOneMinusAlphaBar;
    // The noise that x_t already held is unknown, but the state's distance from x0 is a value known before z.
    const total = x.sub(to.sqrtAlphaBar.mul(state.x0)).div(st);
    return isotropicNoise(z, spread.div(st), total);
  });
}
