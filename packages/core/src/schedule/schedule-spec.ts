import type { NoiseSchedule } from "../contract/denoiser.js";
import { betaSchedule, cosineSchedule, fromAlphaBar, linearBetaSchedule, scaledLinearSchedule } from "./noise-schedule.js";
import { zeroTerminalSnr } from "./zero-terminal-snr.js";
import { defined } from "@leader/graph";

interface BetaLine {
  readonly steps?: number | undefined;
  readonly start?: number | undefined;
  readonly end?: number | undefined;
  /** Rescaled so that the last level is pure noise. */
  readonly zeroTerminalSnr?: boolean | undefined;
}

/** The noise levels of a training as configurations write them. */
export type ScheduleSpec =
  | "linear"
  | "cosine"
  | { readonly linear: BetaLine }
  | { readonly scaledLinear: BetaLine }
  | {
      readonly cosine: {
        readonly steps?: number | undefined;
        readonly offset?: number | undefined;
        readonly zeroTerminalSnr?: boolean | undefined;
      };
    }
  | { readonly betas: readonly number[]; readonly zeroTerminalSnr?: boolean | undefined }
  /** A file with alphaBar of every training timestep. */
  | { readonly alphaBar: string };

/**
 * The schedule that a configuration states.
 * @param readArray reads the file of `alphaBar`.
 * @throws BAD_ARGUMENT if the levels do not decrease, and what `readArray` throws.
 */
export async function scheduleOf(
  spec: ScheduleSpec,
  readArray: (path: string) => Promise<{ readonly data: ArrayLike<number> }>,
): Promise<NoiseSchedule> {
  if (spec === "linear") return linearBetaSchedule();
  if (spec === "cosine") return cosineSchedule();
  if ("alphaBar" in spec) return fromAlphaBar((await readArray(spec.alphaBar)).data);
  if ("betas" in spec) return rescaled(betaSchedule(spec.betas), spec.zeroTerminalSnr);
  if ("linear" in spec) return rescaled(linearBetaSchedule(defined(spec.linear)), spec.linear.zeroTerminalSnr);
  if ("scaledLinear" in spec) return rescaled(scaledLinearSchedule(defined(spec.scaledLinear)), spec.scaledLinear.zeroTerminalSnr);
  return rescaled(cosineSchedule(defined(spec.cosine)), spec.cosine.zeroTerminalSnr);
}

const rescaled = (schedule: NoiseSchedule, zero: boolean | undefined): NoiseSchedule =>
  zero === true ? zeroTerminalSnr(schedule) : schedule;
