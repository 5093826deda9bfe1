import type { Aval } from "@leader/core";
import { drawnNoise, evaluator, oracleNetwork, type RestatedWalk, type WalkedPrior } from "@leader/core/testing";
import type { FdgrOptions } from "../src/fdgr.js";
import { frequencyGradient } from "../src/frequency-prior.js";
import { roughness, type PirpOptions } from "../src/pirp.js";
import { spatialGradient } from "../src/spatial-prior.js";

/** What the prior subtracts from the estimate. */
export type Bracket = (x0: Float64Array, from: number, to: number) => Float64Array;

/** The method as written down, for 2 x 2 means: A A^T = I/4, and A^T spreads a quarter of each value over its block. */
export function restated(
  options: PirpOptions | FdgrOptions,
  bracket: Bracket,
  { oracle, y, levels, noise = 0, seed = 0 }: Omit<RestatedWalk, "operator">,
): Float64Array {
  const { shape } = oracle.image;
  const side = shape[3]!;
  const net = oracleNetwork(oracle);
  const a = (index: number): number => oracle.schedule.alphaBar[index]!;
  const sigmaY = 2 * noise;
  const eta = Math.max(1e-4, sigmaY ** 2 * options.etaTilde);
  let x = drawnNoise("init", 0, shape, seed);
  for (let k = 0; k + 1 < levels.length; k++) {
    const [from, to] = [levels[k]!, levels[k + 1]!];
    const { x0 } = net(x, from);
    const delta = { "back-projection": 0, "least-squares": 1, both: noise === 0 ? 0 : a(to) ** options.gamma }[options.fidelity];
    const w = noise === 0 ? 1 : a(to) ** options.gamma;
    const shrink = (1 - a(to)) / (1 - a(from));
    const stepMode = options.stepMode ?? (noise === 0 ? 0 : 1);
    const mu = stepMode === 1 ? shrink : 1;
    const back = spread(
      pooled(x0, side).map((value, i) => value - y[i]!),
      side,
    );
    const reg = bracket(x0, from, to);
    const z = options.injectNoise ? drawnNoise("z", k + 1, shape, seed) : x;
    x = x.map((value, i) => {
      const leastSquares = options.leastSquaresScale * back[i]! * (stepMode === 2 ? shrink : 1);
      const guided = x0[i]! - mu * ((1 - delta) * (back[i]! / (0.25 + eta)) + delta * leastSquares) - reg[i]!;
      if (to === 0) return noise === 0 ? guided : x0[i]!;
      if (!options.injectNoise) return Math.sqrt(a(to)) * guided;
      const effective = (value - Math.sqrt(a(from)) * guided) / Math.sqrt(1 - a(from));
      return (
        Math.sqrt(a(to)) * guided + Math.sqrt(1 - a(to)) * (Math.sqrt(options.zeta!) * z[i]! + Math.sqrt(1 - options.zeta!) * w * effective)
      );
    });
  }
  return x;
}

/** Means of 2 x 2 blocks of square planes. */
export function pooled(x: Float64Array, side = 8): Float64Array {
  const half = side / 2;
  return Float64Array.from({ length: x.length / 4 }, (_, k) => {
    const [plane, row, column] = [Math.floor(k / half ** 2), Math.floor((k % half ** 2) / half), k % half];
    const at = (dr: number, dc: number): number => x[plane * side ** 2 + (2 * row + dr) * side + 2 * column + dc]!;
    return (at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1)) / 4;
  });
}

/** The adjoint of `pooled`. */
function spread(r: Float64Array, side: number): Float64Array {
  const half = side / 2;
  return Float64Array.from({ length: r.length * 4 }, (_, i) => {
    const [plane, row, column] = [Math.floor(i / side ** 2), Math.floor((i % side ** 2) / side), i % side];
    return r[plane * half ** 2 + Math.floor(row / 2) * half + Math.floor(column / 2)]! / 4;
  });
}

/** What PIRP subtracts; R itself is compared pixel by pixel in priors.test.ts. */
export function pirpBracket({ gradientPrior, kappa, q, legacyChannelSwap }: PirpOptions, image: Aval): Bracket {
  const r = evaluator((x0) => roughness(x0, q, legacyChannelSwap), [image]);
  const sign = gradientPrior === "minus" ? -1 : 1;
  return (x0) => r(x0).map((value) => sign * kappa * value);
}

/** What FDGR subtracts; its gradients are compared in priors.test.ts. */
export function fdgrBracket(options: FdgrOptions, { image, schedule }: WalkedPrior): Bracket {
  const gradient = evaluator((x0) => (options.gradientPrior === "minus" ? frequencyGradient : spatialGradient)(x0, options), [image]);
  const strength = options.strength ?? (options.gradientPrior === "minus" ? -0.09 : 1.3);
  const a = (index: number): number => schedule.alphaBar[index]!;
  return (x0, from, to) => {
    const c = options.gradientPrior === "plus" && options.stepMode === 0 ? ((1 - a(from) / a(to)) * (1 - a(to))) / (1 - a(from)) : 1;
    return gradient(x0).map((value) => c * strength * value);
  };
}
