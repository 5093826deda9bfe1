import type { Tensor } from "@leader/core";

/** A gradient remembered within one level. */
export type GradientMemory = {
  readonly gradient: Tensor;
  /** 1 if there is one, else 0; a scalar. */
  readonly begun: Tensor;
};

/** Keeps the cosine of a zero gradient at 0. */
const tiny = 1e-20;

/**
 * Adaptive directional momentum (Wu et al. 2025): the more the new gradient g points where the remembered one g~ does, the more of that stays,
 *
 *   c = mean over pixels of cos(g, g~) over channels,   alpha = (c + 1) / 2
 *   g~ <- alpha beta g~ + (1 - alpha beta) g,   at first g
 *
 * The cosine of an image is formed as in the released code, per pixel.
 */
export function smoothed(gradient: Tensor, before: GradientMemory, momentum: number): GradientMemory {
  const lengths = gradient
    .square()
    .sum([1])
    .mul(before.gradient.square().sum([1]))
    .sqrt();
  const cosine = gradient.mul(before.gradient).sum([1]).div(lengths.maximum(tiny)).mean([1, 2]);
  const weight = cosine
    .add(1)
    .mul(momentum / 2)
    .mul(before.begun);
  const share = weight.reshape([gradient.shape[0]!, 1, 1, 1]);
  return {
    gradient: gradient.add(before.gradient.sub(gradient).mul(share)),
    begun: before.begun.mul(0).add(1),
  };
}
