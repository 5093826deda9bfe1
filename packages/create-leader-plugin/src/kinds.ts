/** Every kind of stage that a plugin can have, in the words of someone who looks for one. */
export const kinds = {
  baseline: "a method of restoration: how a sampler moves from one noise level to the next",
  operator: "a degradation y = A x",
  denoiser: "a diffusion prior",
  uncertainty: "an estimator of the posterior variance",
  modulator: "changes what any baseline sees of the prior",
  scheduler: "chooses the noise levels of the steps",
  wrapper: "changes how any baseline samples",
  backend: "computes graphs on a runtime or device",
} as const;

export type Kind = keyof typeof kinds;

export const kindNames = Object.keys(kinds) as readonly Kind[];

export const isKind = (name: string): name is Kind => Object.hasOwn(kinds, name);
