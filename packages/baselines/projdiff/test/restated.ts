import { drawnNoise, evaluator, oracleNetwork, spectralArrays, weightedSum, type RestatedWalk } from "@leader/core/testing";

export interface StepOptions {
  readonly stepSize: number;
  readonly eta: number;
}

/** alphaBar, the estimate of the image, and the estimate that every variant starts from. */
function partsOf({ oracle, levels, seed = 0 }: RestatedWalk) {
  const network = oracleNetwork(oracle);
  const ab = (index: number): number => oracle.schedule.alphaBar[index]!;
  const tweedie = (x: Float64Array, index: number): Float64Array => network(x, index).x0;
  const first = levels[0]!;
  return { ab, tweedie, start: tweedie(weightedSum([Math.sqrt(1 - ab(first)), drawnNoise("init", 0, oracle.image.shape, seed)]), first) };
}

/** Noise-free. */
export function noiseFreeRestated({ stepSize }: StepOptions, walk: RestatedWalk): Float64Array {
  const { oracle, operator, y, levels, seed = 0 } = walk;
  const { ab, tweedie, start } = partsOf(walk);
  const pinv = evaluator((r) => operator.pinv!(r), [operator.range]);
  const apply = evaluator((x) => operator.apply(x), [operator.domain]);
  let x0 = start;
  levels.slice(0, -1).forEach((t, k) => {
    const x = weightedSum([Math.sqrt(ab(t)), x0], [Math.sqrt(1 - ab(t)), drawnNoise("z", k, oracle.image.shape, seed)]);
    x0 = weightedSum([1, x0], [stepSize, weightedSum([1, tweedie(x, t)], [-1, x0])]);
    x0 = weightedSum([1, x0], [1, pinv(weightedSum([1, Float64Array.from(y)], [-1, apply(x0)]))]);
  });
  return x0;
}

/** Noisy, with the one singular value s. */
export function scalarRestated({ stepSize, eta }: StepOptions, s: number, walk: RestatedWalk): Float64Array {
  const { oracle, operator, y, levels, noise = 0, seed = 0 } = walk;
  const { ab, tweedie, start } = partsOf(walk);
  const pinv = evaluator((r) => operator.pinv!(r), [operator.range]);
  const apply = evaluator((x) => operator.apply(x), [operator.domain]);
  const shape = oracle.image.shape;
  const ao = 1 / (1 + (2 * noise) ** 2 / s ** 2);
  let x0 = start;
  let xObs = weightedSum([Math.sqrt(ao), x0], [Math.sqrt(1 - ao), drawnNoise("observed", 0, shape, seed)]);
  levels.slice(0, -1).forEach((t, k) => {
    const a = ab(t);
    const z = drawnNoise("z", k, shape, seed);
    if (a <= ao) {
      x0 = tweedie(weightedSum([Math.sqrt(a / ao), xObs], [Math.sqrt(1 - a / ao), z]), t);
      const drawn = weightedSum([Math.sqrt(ao), x0], [Math.sqrt(1 - ao), drawnNoise("observed", k + 1, shape, seed)]);
      xObs = weightedSum([1, drawn], [1, pinv(weightedSum([Math.sqrt(ao), Float64Array.from(y)], [-1, apply(drawn)]))]);
      return;
    }
    const n = weightedSum([1 / Math.sqrt(1 - ao), xObs], [-Math.sqrt(ao / (1 - ao)), x0]);
    const x = weightedSum([Math.sqrt(a), x0], [Math.sqrt((1 - a) * (1 - eta ** 2)), n], [eta * Math.sqrt(1 - a), z]);
    x0 = weightedSum([1 - stepSize, x0], [stepSize, tweedie(x, t)]);
  });
  return x0;
}

/** Noisy, per singular value. Both images as coefficients, the auxiliary one kept as the released code does. */
export function spectralRestated({ stepSize, eta }: StepOptions, walk: RestatedWalk): Float64Array {
  const { operator, y, levels, noise = 0, seed = 0 } = walk;
  const { ab, tweedie, start } = partsOf(walk);
  const { shape, s, v, vt, ut } = spectralArrays(operator);
  const measured = ut(Float64Array.from(y));
  const ao = s.map((si) => (si > 0 ? 1 / (1 + (2 * noise) ** 2 / si ** 2) : 1));
  let c0 = vt(start);
  let co = c0;
  levels.slice(0, -1).forEach((t, k) => {
    const a = ab(t);
    const z = drawnNoise("z", k, shape, seed);
    const larger = ao.map((value) => (value >= a ? 1 : 0));
    const state = ao.map((aoi, i) => {
      // Before the first projection x_obs is noise around x0, which with z is as good as the noise z of the level.
      if (k === 0) return Math.sqrt(a) * c0[i]! + Math.sqrt(1 - a) * z[i]!;
      if (larger[i] === 1) return Math.sqrt(a / aoi) * co[i]! + Math.sqrt(1 - a / aoi) * z[i]!;
      const n = (co[i]! - Math.sqrt(aoi) * c0[i]!) / Math.sqrt(1 - aoi);
      return Math.sqrt(a) * c0[i]! + Math.sqrt(1 - a) * (Math.sqrt(1 - eta ** 2) * n + eta * z[i]!);
    });
    const cn = vt(tweedie(v(state), t));
    c0 = c0.map((value, i) => (larger[i] === 1 ? cn[i]! : (1 - stepSize) * value + stepSize * cn[i]!));
    co = co.map((value, i) =>
      s[i]! > 0 ? (Math.sqrt(ao[i]!) * measured[i]!) / s[i]! : larger[i] === 1 ? Math.sqrt(ao[i]!) * cn[i]! : value,
    );
  });
  return v(c0);
}
