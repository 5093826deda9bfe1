import { drawnNoise, oracleNetwork, type RestatedWalk } from "@leader/core/testing";
import type { EquivarianceOptions } from "../src/equs.js";
import { inverse, sourcePixels } from "../src/transformation.js";
import { eta } from "./rules.js";

/** Rearranges the pixels of planes. */
export function moved(x: Float64Array, source: Int32Array): Float64Array {
  const n = source.length;
  return Float64Array.from(x, (_, i) => x[i - (i % n) + source[i % n]!]!);
}

/**
 * The released procedure around DDNM on a mask: every second step is transformed; the grid has an even number of steps, of which the released code
 * transforms those of even timestep / skip. @param known 1 where a pixel is measured, 0 elsewhere.
 */
export function restated(
  options: EquivarianceOptions,
  known: ArrayLike<number>,
  { oracle, y, levels, seed = 0 }: Omit<RestatedWalk, "operator">,
): Float64Array {
  const { shape } = oracle.image;
  const net = oracleNetwork(oracle);
  const to = sourcePixels(options.transformation, shape[2]!, shape[3]!);
  const back = inverse(to);
  let x = drawnNoise("init", 0, shape, seed);
  levels.slice(0, -1).forEach((from, step) => {
    const k = levels.length - 2 - step;
    const isTransformed = (k % 2 === 0) === (options.first === "original");
    const seen = net(isTransformed ? moved(x, to) : x, from);
    const x0 = isTransformed ? moved(seen.x0, back) : seen.x0;
    const e = isTransformed && options.unflipNoise ? moved(seen.epsilon, back) : seen.epsilon;
    const z = drawnNoise("z", step + 1, shape, seed);
    const next = oracle.schedule.alphaBar[levels[step + 1]!]!;
    x = x.map(
      (_, i) =>
        Math.sqrt(next) * (known[i] === 1 ? y[i]! : x0[i]!) + Math.sqrt(1 - next) * (eta * z[i]! + Math.sqrt(1 - eta * eta) * e[i]!),
    );
  });
  return x;
}
