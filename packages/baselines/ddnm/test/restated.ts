import { drawnNoise, evaluator, oracleNetwork, spectralArrays, weightedSum, type RestatedWalk } from "@leader/core/testing";
import type { DdnmOptions } from "../src/ddnm.js";
import type { DdnmPlusSimplifiedOptions } from "../src/ddnm-plus-simplified.js";
import type { DdnmPlusOptions } from "../src/ddnm-plus.js";

/** From a state at level index `from` and its prediction to level index `to`. */
type Step = (at: {
  readonly x0: Float64Array;
  readonly epsilon: Float64Array;
  readonly to: number;
  readonly z: Float64Array;
}) => Float64Array;

/** The walk of all variants, with time travel; `noiseShape` is that of a step's draw. */
function walked({ oracle, levels, seed = 0 }: RestatedWalk, { travelFrom }: DdnmOptions, noiseShape: readonly number[], step: Step) {
  const { shape } = oracle.image;
  const network = oracleNetwork(oracle);
  const ab = (index: number): number => oracle.schedule.alphaBar[index]!;
  let x = drawnNoise("init", 0, shape, seed);
  let last = x;
  let steps = 0;
  for (let k = 0; k + 1 < levels.length; k++) {
    const [from, to] = [levels[k]!, levels[k + 1]!];
    if (to > from) {
      const z = drawnNoise("travel", steps, shape, seed);
      const ratio = ab(to) / ab(from);
      x =
        travelFrom === "x0"
          ? weightedSum([Math.sqrt(ab(to)), last], [Math.sqrt(1 - ab(to)), z])
          : weightedSum([Math.sqrt(ratio), x], [Math.sqrt(1 - ratio), z]);
      continue;
    }
    const { x0, epsilon } = network(x, from);
    x = step({ x0, epsilon, to, z: drawnNoise("z", ++steps, noiseShape, seed) });
    last = x0;
  }
  return x;
}

/** DDNM with xh = (I - A^+ A) x0 + A^+ y, in float64. */
export function restatedDdnm(options: DdnmOptions, walk: RestatedWalk): Float64Array {
  const { oracle, operator, y } = walk;
  const pinv = evaluator((r) => operator.pinv!(r), [operator.range]);
  const apply = evaluator((x) => operator.apply(x), [operator.domain]);
  const known = pinv(Float64Array.from(y));
  return walked(walk, options, oracle.image.shape, ({ x0, epsilon, to, z }) => {
    const a = oracle.schedule.alphaBar[to]!;
    const xHat = weightedSum([1, x0], [-1, pinv(apply(x0))], [1, known]);
    const st = Math.sqrt(1 - a);
    return weightedSum([Math.sqrt(a), xHat], [st * options.eta!, z], [st * Math.sqrt(1 - options.eta! ** 2), epsilon]);
  });
}

/** DDNM+ per singular value, in float64. The noise is drawn as coefficients. */
export function restatedDdnmPlus(options: DdnmPlusOptions, walk: RestatedWalk): Float64Array {
  const { oracle, operator, y, noise = 0 } = walk;
  const { shape, s, v, vt, ut } = spectralArrays(operator);
  const measured = ut(Float64Array.from(y));
  const sigmaY = 2 * noise;
  const kept = Math.sqrt(1 - options.eta! ** 2);
  return walked(walk, options, shape, ({ x0, epsilon, to, z }) => {
    const a = oracle.schedule.alphaBar[to]!;
    const [al, st] = [Math.sqrt(a), Math.sqrt(1 - a)];
    const [c0, ce] = [vt(x0), options.legacyNoNoiseRotation ? epsilon : vt(epsilon)];
    return v(
      s.map((si, i) => {
        if (si === 0) return al * c0[i]! + options.eta! * st * z[i]! + kept * st * ce[i]!;
        const reached = st >= (al * sigmaY) / si;
        const lambda = reached ? 1 : (si * st * kept) / (al * sigmaY);
        const d1 = reached ? Math.sqrt(st ** 2 - (al * sigmaY) ** 2 / si ** 2) : options.eta! * st;
        return al * (c0[i]! - lambda * (c0[i]! - measured[i]! / si)) + d1 * z[i]!;
      }),
    );
  });
}

/** DDNM+ with every singular value taken as 1, in float64. */
export function restatedSimplified(options: DdnmPlusSimplifiedOptions, walk: RestatedWalk): Float64Array {
  const { oracle, operator, y, noise = 0 } = walk;
  const pinv = evaluator((r) => operator.pinv!(r), [operator.range]);
  const apply = evaluator((x) => operator.apply(x), [operator.domain]);
  const sigmaY = 2 * noise;
  const kept = Math.sqrt(1 - options.eta! ** 2);
  return walked(walk, options, oracle.image.shape, ({ x0, epsilon, to, z }) => {
    const a = oracle.schedule.alphaBar[to]!;
    const level = Math.sqrt(1 - a);
    const [budget, carried] = options.legacyNoiseDamping
      ? [Math.sqrt(1 - a * a), a * sigmaY]
      : [options.eta! * level, Math.sqrt(a) * sigmaY];
    const lambda = budget >= carried ? 1 : budget / carried;
    const gamma = budget >= carried ? Math.sqrt(budget ** 2 - carried ** 2) : 0;
    const xHat = weightedSum([1, x0], [-lambda, pinv(weightedSum([1, apply(x0)], [-1, Float64Array.from(y)]))]);
    return options.legacyNoiseDamping
      ? weightedSum([Math.sqrt(a), xHat], [gamma * level * options.eta!, z], [gamma * level * kept, epsilon])
      : weightedSum([Math.sqrt(a), xHat], [gamma, z], [level * kept, epsilon]);
  });
}
