import { drawnNoise, oracleNetwork, spectralArrays, weightedSum, type RestatedWalk } from "@leader/core/testing";
import type { DdrmOptions } from "../src/ddrm.js";

/** DDRM as the paper states it: variance-exploding states xbar = x / sqrt(a), one component after the other, in float64. */
export function restated(options: DdrmOptions, { oracle, operator, y, noise = 0, seed = 0, levels }: RestatedWalk): Float64Array {
  const { eta = 0.85, etaB } = options;
  const { shape, s, v, vt, ut } = spectralArrays(operator);
  const network = oracleNetwork(oracle);
  const measured = ut(Float64Array.from(y));
  const sigmaY = 2 * noise;
  const ab = (index: number): number => oracle.schedule.alphaBar[index]!;
  const sig = (index: number): number => Math.sqrt((1 - ab(index)) / ab(index));

  const first = levels[0]!;
  const z0 = drawnNoise("init", 0, shape, seed);
  let xbar = v(
    z0.map((z, i) =>
      s[i]! * sig(first) > sigmaY
        ? measured[i]! / s[i]! + Math.sqrt(Math.max(0, sig(first) ** 2 - sigmaY ** 2 / s[i]! ** 2)) * z
        : sig(first) * z,
    ),
  );
  for (let step = 0; step < levels.length - 1; step++) {
    const [from, to] = [levels[step]!, levels[step + 1]!];
    const { epsilon: e } = network(weightedSum([Math.sqrt(ab(from)), xbar]), from);
    const x0 = weightedSum([1, xbar], [-sig(from), e]);
    const [c0, ce, z] = [vt(x0), vt(e), drawnNoise("z", step + 1, shape, seed)];
    const kept = Math.sqrt(1 - eta ** 2) * sig(to);
    xbar = v(
      s.map((si, i) => {
        if (to === 0 && options.finalOutput !== "x0" && si > 0) {
          const share = options.finalOutput === "projected" ? 1 : Math.max(0, 1 - (sigmaY / (si * sig(from))) ** 2);
          return c0[i]! + share * (measured[i]! / si - c0[i]!);
        }
        if (si > 0 && si * sig(to) < sigmaY) return c0[i]! + (kept * (measured[i]! - si * c0[i]!)) / sigmaY + eta * sig(to) * z[i]!;
        if (si > 0 && si * sig(to) > sigmaY) {
          const fresh = Math.sqrt(sig(to) ** 2 - (etaB * sigmaY) ** 2 / si ** 2);
          return (etaB * measured[i]!) / si + (1 - etaB) * c0[i]! + fresh * z[i]!;
        }
        return c0[i]! + kept * ce[i]! + eta * sig(to) * z[i]!;
      }),
    );
  }
  return xbar;
}
