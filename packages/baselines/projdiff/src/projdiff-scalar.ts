import type { UpdateRule } from "@leader/core";
import { noiseFree } from "./noise-free.js";
import type { ProjdiffOptions } from "./options.js";
import { chosen } from "./projdiff.js";
import { scalar } from "./scalar.js";

export interface ProjdiffScalarOptions extends ProjdiffOptions {
  /** The singular value that stands for all that are not 0. */
  readonly singularValue: number;
}

/** ProjDiff where nothing is known of the operator but A^+ and the size of its singular values: `noiseFree` or `scalar`. */
export const projdiffScalar = (options: ProjdiffScalarOptions): UpdateRule =>
  chosen((ctx) => (ctx.noiseFree ? noiseFree(options) : scalar(options, options.singularValue)));
