import { z } from "zod";

const line = z.strictObject({
  steps: z.int().min(1).optional(),
  start: z.number().positive().optional(),
  end: z.number().max(1).optional(),
  zeroTerminalSnr: z.boolean().optional().describe("rescaled so that the last level is pure noise"),
});

/** The noise levels that a network was trained with. */
export const scheduleOption = z
  .union([
    z.enum(["linear", "cosine"]),
    z.strictObject({ linear: line }),
    z.strictObject({ scaledLinear: line }),
    z.strictObject({
      cosine: z.strictObject({
        steps: z.int().min(1).optional(),
        offset: z.number().positive().optional(),
        zeroTerminalSnr: z.boolean().optional(),
      }),
    }),
    z.strictObject({ betas: z.array(z.number().positive().max(1)).min(1), zeroTerminalSnr: z.boolean().optional() }),
    z.strictObject({ alphaBar: z.string().min(1).describe("a .npy file with alphaBar of every training timestep, decreasing") }),
  ])
  .default("linear")
  .describe("noise levels of the training: `linear` (1000 betas from 1e-4 to 0.02), `cosine`, `scaledLinear`, a list of betas, or a file");
