import { drawnNoise, oracleNetwork, restatedSpread, type RestatedWalk } from "@leader/core/testing";
import type { DdimOptions } from "../src/ddim.js";
import type { DdpmOptions } from "../src/ddpm.js";
import type { DpmSolverOptions } from "../src/dpm-solver.js";
import type { EdmHeunOptions } from "../src/edm-heun.js";

export type SamplerWalk = Omit<RestatedWalk, "operator" | "y">;

/** From level index `from` to `to`; `number` counts steps from 0. */
type Step = (x: Float64Array, at: { readonly from: number; readonly to: number; readonly number: number }) => Float64Array;

/** The prior, alphaBar, sigma and lambda = -log sigma by level index, and the walk. */
function partsOf({ oracle, levels, seed = 0 }: SamplerWalk) {
  const { shape } = oracle.image;
  const a = (index: number): number => oracle.schedule.alphaBar[index]!;
  const sigma = (index: number): number => Math.sqrt((1 - a(index)) / a(index));
  return {
    net: oracleNetwork(oracle),
    a,
    sigma,
    lambda: (index: number): number => -Math.log(sigma(index)),
    draw: (number: number): Float64Array => drawnNoise("z", number + 1, shape, seed),
    run(step: Step): Float64Array {
      let x = drawnNoise("init", 0, shape, seed);
      for (let number = 0; number + 1 < levels.length; number++) x = step(x, { from: levels[number]!, to: levels[number + 1]!, number });
      return x;
    },
  };
}

const clipIf = (clip: boolean, x0: Float64Array): Float64Array => (clip ? x0.map((value) => Math.min(1, Math.max(-1, value))) : x0);

/** Ho et al. eqs 6-7 with beta of the skipped stretch. */
export function restatedDdpm({ variance, clip }: DdpmOptions, walk: SamplerWalk): Float64Array {
  const { net, a, draw, run } = partsOf(walk);
  return run((x, { from, to, number }) => {
    const x0 = clipIf(clip, net(x, from).x0);
    const beta = 1 - a(from) / a(to);
    const spread = restatedSpread(variance, x, a(from), a(to));
    const z = draw(number);
    return x.map(
      (value, i) =>
        ((Math.sqrt(a(to)) * beta) / (1 - a(from))) * x0[i]! +
        ((Math.sqrt(1 - beta) * (1 - a(to))) / (1 - a(from))) * value +
        spread[i]! * z[i]!,
    );
  });
}

/** Song et al. eqs 12 and 16; the noise is made to agree with a clipped estimate. */
export function restatedDdim({ eta, clip }: DdimOptions, walk: SamplerWalk): Float64Array {
  const { net, a, draw, run } = partsOf(walk);
  return run((x, { from, to, number }) => {
    const seen = net(x, from);
    const x0 = clipIf(clip, seen.x0);
    const epsilon = clip ? x.map((value, i) => (value - Math.sqrt(a(from)) * x0[i]!) / Math.sqrt(1 - a(from))) : seen.epsilon;
    const s = eta * Math.sqrt((1 - a(to)) / (1 - a(from))) * Math.sqrt(1 - a(from) / a(to));
    const z = draw(number);
    const kept = Math.sqrt(Math.max(0, 1 - a(to) - s * s));
    return x.map((_, i) => Math.sqrt(a(to)) * x0[i]! + kept * epsilon[i]! + s * z[i]!);
  });
}

/** Lu et al. 2022b, Algorithm 2. */
export function restatedDpmSolverPlusPlus({ order }: Pick<DpmSolverOptions, "order">, walk: SamplerWalk): Float64Array {
  const { net, a, lambda, run } = partsOf(walk);
  let last: { readonly x0: Float64Array; readonly h: number } | undefined;
  return run((x, { from, to }) => {
    const { x0 } = net(x, from);
    if (to === 0) return x0;
    const h = lambda(to) - lambda(from);
    const before = order === 1 ? undefined : last;
    last = { x0, h };
    const carried = Math.sqrt((1 - a(to)) / (1 - a(from)));
    const length = Math.sqrt(a(to)) * (Math.exp(-h) - 1);
    const inverse = before === undefined ? 0 : h / before.h / 2;
    return x.map((value, i) => carried * value - length * ((1 + inverse) * x0[i]! - inverse * (before?.x0[i] ?? 0)));
  });
}

/** Lu et al. 2022a, eq. 3.3, multistep. */
export function restatedDpmSolver({ order }: Pick<DpmSolverOptions, "order">, walk: SamplerWalk): Float64Array {
  const { net, a, lambda, run } = partsOf(walk);
  let last: { readonly epsilon: Float64Array; readonly h: number } | undefined;
  return run((x, { from, to }) => {
    const { x0, epsilon } = net(x, from);
    if (to === 0) return x0;
    const h = lambda(to) - lambda(from);
    const before = order === 1 ? undefined : last;
    last = { epsilon, h };
    const scale = Math.sqrt(1 - a(to)) * (Math.exp(h) - 1);
    const inverse = before === undefined ? 0 : h / before.h / 2;
    return x.map(
      (value, i) => Math.sqrt(a(to) / a(from)) * value - scale * ((1 + inverse) * epsilon[i]! - inverse * (before?.epsilon[i] ?? 0)),
    );
  });
}

/** Karras et al., Algorithm 1, on v = x / sqrt(a). */
export function restatedEdmHeun({ clip }: EdmHeunOptions, walk: SamplerWalk): Float64Array {
  const { net, a, sigma, run } = partsOf(walk);
  return run((x, { from, to }) => {
    const v = x.map((value) => value / Math.sqrt(a(from)));
    const first = clipIf(clip, net(x, from).x0);
    const d = v.map((value, i) => (value - first[i]!) / sigma(from));
    const euler = v.map((value, i) => value + (sigma(to) - sigma(from)) * d[i]!);
    if (to === 0) return euler;
    const second = clipIf(
      clip,
      net(
        euler.map((value) => value * Math.sqrt(a(to))),
        to,
      ).x0,
    );
    return v.map(
      (value, i) => Math.sqrt(a(to)) * (value + ((sigma(to) - sigma(from)) * (d[i]! + (euler[i]! - second[i]!) / sigma(to))) / 2),
    );
  });
}
