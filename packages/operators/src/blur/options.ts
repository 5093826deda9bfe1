import { z } from "zod";
import { thresholdOption } from "../common/threshold.js";

/** Number of taps of an axis; odd, so that the blur does not shift the picture. */
export const tapsOption = z
  .int()
  .min(1)
  .refine((size) => size % 2 === 1, { message: "must be odd, so that the blur does not shift the picture" });

export const sigmaOption = z.number().gt(0).max(1e4);

/** Options of every separable blur. */
export const blurOptions = {
  boundary: z
    .enum(["zero", "periodic", "reflect"])
    .default("zero")
    .describe("what lies outside the picture: black-to-grey zeros, the opposite side, or its mirror image (edge pixel repeated)"),
  threshold: thresholdOption,
  legacyTapDrop: z
    .boolean()
    .default(false)
    .describe("leave out the last tap of each axis, as the published code of DDRM, DDNM, EquS and ProjDiff does"),
  legacySingularOrder: z
    .boolean()
    .default(false)
    .describe("assign singular values in the mistaken channel order of the published code of DDRM and its descendants"),
} as const;

export interface BlurOptions {
  readonly boundary: "zero" | "periodic" | "reflect";
  readonly threshold: number;
  readonly legacyTapDrop: boolean;
  readonly legacySingularOrder: boolean;
}
