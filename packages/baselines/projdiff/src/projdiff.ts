import { operatorPower, type StepContext, type StepOutput, type UpdateRule } from "@leader/core";
import { noiseFree } from "./noise-free.js";
import { onlySingularValue } from "./only-singular-value.js";
import { followsProposal, type ProjdiffOptions } from "./options.js";
import { scalar } from "./scalar.js";
import { spectral } from "./spectral.js";

/**
 * ProjDiff (Zhang, Zhuang, Jin, Li, Gu 2024): restoration as an optimisation of the clean image, and for noisy measurements of an auxiliary noisy image
 * beside it, of which the measurement is exact; gradients through the network are cut off. Runs `noiseFree`, or `scalar` where all singular
 * values that are not 0 are equal (block means, inpainting, compressed sensing), or else `spectral`. Images in [-1,1].
 *
 * The run starts with one network evaluation more than it has steps, and returns the last x0: projected onto a noise-free measurement, not onto
 * a noisy one. For noisy measurements with eta = 0 it reports no fresh noise, because its cleaner states add none.
 */
export function projdiff(options: ProjdiffOptions & { readonly spectral: boolean }): UpdateRule {
  return chosen((ctx) => {
    if (ctx.noiseFree) return noiseFree(options);
    // Where LEADer chooses the share of fresh noise, components that are not measured take it too, so these must be told apart.
    const s =
      options.spectral || followsProposal(options, ctx) ? undefined : onlySingularValue(operatorPower(ctx.operator, "svd", "projdiff"));
    return s === undefined ? spectral(options) : scalar(options, s);
  });
}

/** A rule that depends on the operator and on what the pipeline states about noise, both of which are facts of the trace. */
export function chosen(choose: (ctx: StepContext) => UpdateRule): UpdateRule {
  return {
    init: (ctx, at) => choose(ctx).init(ctx, at),
    step: (ctx, input, state) => choose(ctx).step(ctx, input, state),
    travel: (ctx, at, state): StepOutput => choose(ctx).travel!(ctx, at, state),
  };
}
