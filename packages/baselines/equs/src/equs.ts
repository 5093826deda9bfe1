import {
  contextWith,
  defined,
  forward,
  forwardProcess,
  type FreshNoise,
  type InnerLoop,
  type Prior,
  type StepContext,
  type StepOutput,
  type Tensor,
  type Tree,
  type UpdateRule,
} from "@leader/core";
import { Frame } from "./frame.js";
import type { Transformation } from "./transformation.js";

export interface EquivarianceOptions {
  readonly transformation: Transformation;
  /** How the network sees the first state; the states alternate from there. */
  readonly first: "original" | "transformed";
  /** False: in transformed steps the predicted noise stays as the network saw it, as in the released code. */
  readonly unflipNoise: boolean;
}

/** The state of the wrapped rule, and how the network sees the present one. */
export type EquivariantState<S extends Tree<Tensor> = Tree<Tensor>> = {
  readonly inner: S;
  /** 1 if the network sees the image transformed, 0 if as it is; a scalar. */
  readonly transformed: Tensor;
};

/**
 * EquS around any baseline: every second step uses the network conjugated with a symmetry T of images,
 *
 *   D_T(x) = T^-1 D(T x)
 *
 * at no additional evaluation. The wrapped rule sees images, estimates and measurements as they are; only what leaves it for the
 * network is T x. So between steps `x`, and in `predict` everything that is computed from it (the prior before the rule, the
 * uncertainty, a preview), is in the network's frame, and a modulator modulates there. The result at the clean level is never
 * transformed. Derivatives through the network that the rule takes by `ctx.grad` are those of D_T, also without a second forward pass.
 */
export function equs<S extends Tree<Tensor>>(rule: UpdateRule<S>, options: EquivarianceOptions): UpdateRule<EquivariantState<S>> {
  const frameOf = (ctx: StepContext, transformed: Tensor): Frame => new Frame(options.transformation, transformed, ctx.denoiser.image);
  const shown = (made: StepOutput<S>, frame: Frame, transformed: Tensor): StepOutput<EquivariantState<S>> => ({
    x: frame.toNetwork(made.x),
    state: { inner: made.state, transformed },
    ...defined({ freshNoise: made.freshNoise && shownNoise(made.freshNoise, frame) }),
  });

  return {
    rearranges: true,
    init(ctx, at) {
      const made = rule.init(ctx, at);
      const transformed = made.x.trace.scalar(options.first === "transformed" ? 1 : 0, "float32");
      return shown(made, frameOf(ctx, transformed), transformed);
    },
    ...(rule.guide === undefined
      ? {}
      : {
          guide(ctx, at, { inner, transformed }) {
            const frame = frameOf(ctx, transformed);
            const image = { seen: at.x, shown: frame.fromNetwork(at.x) };
            return rule.guide!(
              conjugated(ctx, frame, options, image),
              { ...at, x: image.shown, prior: original(at.prior, frame, options) },
              inner,
            );
          },
        }),
    ...defined({ inner: rule.inner && conjugatedLoop(rule.inner, options, frameOf) }),
    step(ctx, input, { inner, transformed }) {
      const frame = frameOf(ctx, transformed);
      const made = rule.step(
        conjugated(ctx, frame, options),
        { ...input, x: frame.fromNetwork(input.x), prior: original(input.prior, frame, options) },
        inner,
      );
      const next = input.to.sigma.greater(0).where(transformed.neg().add(1), 0);
      return shown(made, frameOf(ctx, next), next);
    },
    travel(ctx, { x, from, to }, { inner, transformed }) {
      const frame = frameOf(ctx, transformed);
      const image = frame.fromNetwork(x);
      const made = rule.travel?.(ctx, { x: image, from, to }, inner) ?? { ...forwardProcess(ctx, image, from, to), state: inner };
      return shown(made, frame, transformed);
    },
  };
}

/** The inner loop of a rule, on images as they are. */
const conjugatedLoop = <S extends Tree<Tensor>>(
  loop: InnerLoop<S>,
  options: EquivarianceOptions,
  frameOf: (ctx: StepContext, transformed: Tensor) => Frame,
): InnerLoop<EquivariantState<S>> => ({
  ...loop,
  advance(ctx, input, { inner, transformed }) {
    const frame = frameOf(ctx, transformed);
    const made = loop.advance(
      conjugated(ctx, frame, options),
      { ...input, x: frame.fromNetwork(input.x), prior: original(input.prior, frame, options) },
      inner,
    );
    return { x: frame.toNetwork(made.x), state: { inner: made.state, transformed } };
  },
});

/** A rearrangement of pixels is orthogonal, so noise that was whitened before is white after. */
const shownNoise = ({ whitened, total }: FreshNoise, frame: Frame): FreshNoise => ({
  whitened: frame.toNetwork(whitened),
  total: frame.toNetwork(total),
});

/** What the network said, about the image as it is. */
function original(seen: Prior, frame: Frame, { unflipNoise }: EquivarianceOptions): Prior {
  const { x0, epsilon, uncertainty, varianceShare } = seen;
  return {
    x0: frame.fromNetwork(x0),
    epsilon: unflipNoise ? frame.fromNetwork(epsilon) : epsilon,
    ...defined({
      uncertainty: uncertainty && frame.fromNetwork(uncertainty),
      varianceShare: varianceShare && frame.fromNetwork(varianceShare),
    }),
  };
}

/** The state in the network's frame, and the image that the rule sees of it. */
interface ShownImage {
  readonly seen: Tensor;
  readonly shown: Tensor;
}

/** The context of a rule whose network is D_T. */
function conjugated(ctx: StepContext, frame: Frame, options: EquivarianceOptions, image?: ShownImage): StepContext {
  const { denoiser } = ctx;
  const { posteriorVariance } = denoiser;
  const transformedDenoiser = forward(denoiser, {
    denoise: (x, level) => original(denoiser.denoise(frame.toNetwork(x), level), frame, options),
    posteriorVariance: posteriorVariance && ((x, level) => frame.fromNetwork(posteriorVariance.call(denoiser, frame.toNetwork(x), level))),
  });
  return contextWith(ctx, {
    denoiser: transformedDenoiser,
    // T is orthogonal: the gradient at x is T^-1 of the gradient at T x. Taken there, the network's argument is the very tensor that
    // `predict` gave it, and the two forward passes are one.
    grad: (f, x) => frame.fromNetwork(ctx.grad((seen) => f(frame.fromNetwork(seen)), frame.toNetwork(x))),
    // What the rule was given descends from the state in the network's frame, not from the image that it sees of it.
    pullback: (output, input, cotangent) =>
      image !== undefined && input === image.shown
        ? frame.fromNetwork(ctx.pullback(output, image.seen, cotangent))
        : ctx.pullback(output, input, cotangent),
  });
}
