import type { NoiseSchedule } from "../contract/denoiser.js";
import { fromAlphaBar } from "./noise-schedule.js";

/**
 * The schedule shifted and scaled so that its last level is pure noise and its first one stays (Lin et al. 2024, algorithm 1; diffusers:
 * `rescale_betas_zero_snr`). At that level only networks that predict v or x0 say something.
 */
export function zeroTerminalSnr({ alphaBar }: NoiseSchedule): NoiseSchedule {
  const roots = Float64Array.from(alphaBar.subarray(1), Math.sqrt);
  const [first, last] = [roots[0]!, roots.at(-1)!];
  return fromAlphaBar(roots.map((root) => (((root - last) * first) / (first - last)) ** 2));
}
