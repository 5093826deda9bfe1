import { denseOperator, drawnNoise, oracleNetwork, weightedSum, type ArrayOperator, type RestatedWalk } from "@leader/core/testing";
import type { DdpgOptions } from "../src/ddpg.js";

/** DDPG and IDPG (inject = false) with a preconditioner that is solved exactly, in float64. */
export function restated(
  options: DdpgOptions,
  inject: boolean,
  { oracle, operator, y, noise = 0, seed = 0, levels }: RestatedWalk,
  arrays: ArrayOperator = denseOperator(operator),
): Float64Array {
  const measured = Float64Array.from(y);
  const network = oracleNetwork(oracle);
  const ab = (index: number): number => oracle.schedule.alphaBar[index]!;
  const sigmaY = 2 * noise;
  const eta = options.legacyRegularisation ? 1e-4 + 1e-5 * (255 * sigmaY) ** 2 : Math.max(1e-4, sigmaY ** 2 * options.etaTilde);
  let x = drawnNoise("init", 0, operator.domain.shape, seed);
  for (let k = 0; k < levels.length - 1; k++) {
    const [now, next] = [ab(levels[k]!), ab(levels[k + 1]!)];
    const { x0 } = network(x, levels[k]!);
    const residual = weightedSum([1, arrays.apply(x0)], [-1, measured]);
    const zero = new Float64Array(x.length);
    // A^T (A A^T + eta)^-1 r is the proximal map of r from 0.
    const gBP = arrays.proximal(zero, residual, eta);
    const gLS = arrays.adjoint(residual);
    const delta = sigmaY === 0 ? 0 : next ** options.gamma;
    const w = sigmaY === 0 ? 1 : delta;
    const shrunk = (1 - next) / (1 - now);
    const stepMode = options.stepMode ?? (sigmaY === 0 ? 0 : 1);
    const muBP = stepMode === 1 ? shrunk : 1;
    const muLS = stepMode === 0 ? 1 : shrunk;
    const xg = weightedSum([1, x0], [-muBP * (1 - delta), gBP], [-muLS * delta * options.leastSquaresScale, gLS]);
    if (levels[k + 1] === 0) {
      const final = options.finalOutput === "published" ? (sigmaY > 0 ? "x0" : "guided") : options.finalOutput;
      return final === "x0" ? x0 : xg;
    }
    const e = weightedSum([1 / Math.sqrt(1 - now), x], [-Math.sqrt(now / (1 - now)), xg]);
    const spread = Math.sqrt(1 - next);
    const z = drawnNoise("z", k + 1, operator.domain.shape, seed);
    x = inject
      ? weightedSum([Math.sqrt(next), xg], [spread * Math.sqrt(options.zeta!), z], [spread * Math.sqrt(1 - options.zeta!) * w, e])
      : weightedSum([Math.sqrt(next), xg]);
  }
  return x;
}
