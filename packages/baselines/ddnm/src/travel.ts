import { freshNoiseIf, travelBack, type LastEstimate, type Level, type StepContext, type StepOutput, type Tensor } from "@leader/core";
import { drawsNoise } from "./eta.js";

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
  options: { readonly eta?: number | undefined; readonly travelFrom: TravelFrom },
): StepOutput<LastEstimate> {
  const made = options.travelFrom === "x0" ? fromEstimate(ctx, at, state) : travelBack(ctx, at, state);
  return freshNoiseIf(drawsNoise(options.eta, ctx), made);
}

/** x_t'' = sqrt(a'') x0 + sqrt(1-a'') z with the last uncorrected x0. */
function fromEstimate(ctx: StepContext, { to }: Journey, state: LastEstimate): StepOutput<LastEstimate> {
  const z = ctx.noise("travel", ctx.denoiser.image);
  const x = to.sqrtAlphaBar.mul(state.x0).add(to.sqrtOneMinusAlphaBar.mul(z));
  return { x, state, freshNoise: { whitened: z, total: z } };
}
