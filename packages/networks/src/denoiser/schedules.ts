import { fromAlphaBar, scheduleOf, type NoiseSchedule, type StageEnvironment } from "@leader/core";
import { z } from "zod";
import type { Usage } from "./assumptions.js";

const line = z.strictObject({
  steps: z.int().min(1).optional(),
  start: z.number().positive().optional(),
  end: z.number().max(1).optional(),
  zeroTerminalSnr: z.boolean().optional().describe("rescaled so that the last level is pure noise"),
});

/** The noise levels of the training, if they are to be others than the file, or the table of published ones, says. */
export const scheduleOption = z
  .union([
    z.enum(["linear", "cosine", "edm"]),
    z.strictObject({ linear: line }),
    z.strictObject({ scaledLinear: line }),
    z.strictObject({ cosine: line.pick({ steps: true, zeroTerminalSnr: true }) }),
    z.strictObject({ betas: z.array(z.number().positive().max(1)).min(1), zeroTerminalSnr: z.boolean().optional() }),
    z.strictObject({ alphaBar: z.string().min(1).describe("a .npy file with alphaBar of every training timestep, decreasing") }),
  ])
  .optional()
  .describe("noise levels of the training; default: what the file or the table of published files says");

/** @throws BAD_ARGUMENT if the levels do not decrease. */
export const scheduleFor = async (schedule: Usage["schedule"], environment: StageEnvironment): Promise<NoiseSchedule> =>
  schedule === "edm" ? edmSchedule() : await scheduleOf(schedule, (path) => environment.readArray(path));

/**
 * A thousand levels on the grid of Karras et al. 2022 (equation 5, rho 7) between the ends that EDM samples between: its networks take any
 * sigma, so that the grid only says where a scheduler may stop.
 */
export function edmSchedule(): NoiseSchedule {
  const [steps, smallest, largest, rho] = [1000, 0.002, 80, 7];
  const alphaBar = Float64Array.from({ length: steps }, (_, i) => {
    const sigma = (smallest ** (1 / rho) + (i / (steps - 1)) * (largest ** (1 / rho) - smallest ** (1 / rho))) ** rho;
    return 1 / (1 + sigma ** 2);
  });
  return fromAlphaBar(alphaBar);
}
