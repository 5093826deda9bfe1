import { drawnNoise, oracleNetwork, restatedSpread, type RestatedWalk } from "@leader/core/testing";
import type { RepaintOptions } from "../src/repaint.js";

/** Algorithm 1 pixel by pixel, merging at the end of each transition. @param known 1 where a pixel is measured, 0 elsewhere. */
export function restated(
  options: RepaintOptions,
  known: ArrayLike<number>,
  { oracle, y, levels, seed = 0 }: Omit<RestatedWalk, "operator">,
): Float64Array {
  const { shape } = oracle.image;
  const net = oracleNetwork(oracle);
  const a = (index: number): number => oracle.schedule.alphaBar[index]!;
  let x = drawnNoise("init", 0, shape, seed);
  let step = 0;
  for (let k = 0; k + 1 < levels.length; k++) {
    const [from, to] = [levels[k]!, levels[k + 1]!];
    const travels = to > from;
    if (!travels) step++;
    const z = drawnNoise(travels ? "travel" : "z", step, shape, seed);
    const { x0 } = net(x, from);
    const beta = 1 - (travels ? a(to) / a(from) : a(from) / a(to));
    const spread = travels ? x : restatedSpread(options.variance, x, a(from), a(to));
    x = x.map((value, i) => {
      const estimate = options.clip ? Math.min(1, Math.max(-1, x0[i]!)) : x0[i]!;
      const knownPixel = Math.sqrt(a(to)) * y[i]! + Math.sqrt(1 - a(to)) * z[i]!;
      if (known[i] === 1 && (to > 0 || options.pasteKnown)) return knownPixel;
      if (travels) return Math.sqrt(1 - beta) * value + Math.sqrt(beta) * z[i]!;
      return (
        ((Math.sqrt(a(to)) * beta) / (1 - a(from))) * estimate +
        ((Math.sqrt(1 - beta) * (1 - a(to))) / (1 - a(from))) * value +
        spread[i]! * z[i]!
      );
    });
  }
  return x;
}
