import {
  adam,
  contextWith,
  coreErrors,
  forwardProcess,
  type GuidedInput,
  type InnerLoop,
  type Optimiser,
  sgd,
  type StepInput,
  type StepOutput,
  type Tensor,
  type Tree,
  type UpdateRule,
} from "@leader/core";

export interface HguOptions {
  /** `average`: h <- gamma h + (1-gamma) g; `heavy-ball`: h <- gamma h + g; `adam`: Adam's step of length 1. */
  readonly update: "average" | "heavy-ball" | "adam";
  /** gamma: the share of the history that stays, in [0,1). */
  readonly memory: number;
  /** adam: the share of the squares that stays, in [0,1). */
  readonly squareMemory: number;
}

/** The state of the wrapped rule, and the history of its gradient. */
export type HguState<S extends Tree<Tensor> = Tree<Tensor>, H extends Tree<Tensor> = Tree<Tensor>> = {
  readonly inner: S;
  readonly history: H;
};

/** What `guide` hands on: that of the wrapped rule, and the history with this gradient in it. */
type Guidance<H extends Tree<Tensor>> = { readonly inner: Tree<Tensor>; readonly history: H };

/**
 * HGU: history gradient update (He et al. 2023), around any method that takes one gradient through the network in an evaluation (DPS, MCG, ΠGDM,
 * SITCOM, DPPS, SPGD, FGPS). In place of the gradient g of the present evaluation the method receives h, which remembers those before it:
 *
 *   h_0 = 0,   h <- gamma h + (1-gamma) g   or   gamma h + g   or   m / (1-gamma^k) / (sqrt(v / (1-beta^k)) + 1e-8)
 *
 * with Adam's means m and v of g and its square. At no additional evaluation. The history goes on through inner evaluations and through time travel.
 * With `adam` h has about the length of the root of the number of pixels, whatever that of g: then lower the method's scale.
 *
 * The authors published no code, and the text that is at hand says that historical gradients are used, not how. The three rules and gamma = 0.9 are readings of that.
 *
 * Errors: a method that takes no gradient through the network, or several.
 */
export function hgu<S extends Tree<Tensor>>(rule: UpdateRule<S>, { update, memory, squareMemory }: HguOptions): UpdateRule<HguState<S>> {
  if (update === "adam") return remembering(rule, adam({ rate: 1, beta1: memory, beta2: squareMemory }));
  return remembering(rule, sgd({ rate: update === "average" ? 1 - memory : 1, momentum: memory }));
}

/** @param optimiser whose step from 0 is -h. */
function remembering<S extends Tree<Tensor>, H extends Tree<Tensor>>(
  rule: UpdateRule<S>,
  optimiser: Optimiser<H>,
): UpdateRule<HguState<S, H>> {
  const kept = ({ state, ...made }: StepOutput<S>, history: H): StepOutput<HguState<S, H>> => ({
    ...made,
    state: { inner: state, history },
  });
  return {
    init(ctx, at) {
      if (rule.guide === undefined) throw unsuitable("none");
      const made = rule.init(ctx, at);
      return kept(made, optimiser.start(made.x));
    },
    guide(ctx, at, { inner, history }) {
      const taken: H[] = [];
      const remembered = (gradient: Tensor): Tensor => {
        const { x, state } = optimiser.step(gradient.mul(0), gradient, history, 0);
        taken.push(state);
        return x.neg();
      };
      const guidance = rule.guide!(
        contextWith(ctx, {
          grad: (f, x) => remembered(ctx.grad(f, x)),
          pullback: (output, input, cotangent) => remembered(ctx.pullback(output, input, cotangent)),
        }),
        at,
        inner,
      );
      const [after, ...others] = taken;
      if (after === undefined || others.length > 0) throw unsuitable(String(taken.length));
      return { inner: guidance, history: after } satisfies Guidance<H>;
    },
    ...(rule.inner === undefined ? {} : { inner: rememberingLoop<S, H>(rule.inner) }),
    step(ctx, { guidance, ...input }: GuidedInput<Guidance<H>>, { inner }) {
      return kept(rule.step(ctx, { ...input, guidance: guidance.inner }, inner), guidance.history);
    },
    travel(ctx, at, { inner, history }) {
      const made = rule.travel?.(ctx, at, inner) ?? { ...forwardProcess(ctx, at.x, at.from, at.to), state: inner };
      return kept(made, history);
    },
  };
}

const rememberingLoop = <S extends Tree<Tensor>, H extends Tree<Tensor>>(loop: InnerLoop<S>): InnerLoop<HguState<S, H>> => ({
  ...loop,
  advance(ctx, { guidance, ...input }: GuidedInput<Guidance<H>, Omit<StepInput, "to">>, { inner }) {
    const made = loop.advance(ctx, { ...input, guidance: guidance.inner }, inner);
    return { x: made.x, state: { inner: made.state, history: guidance.history } };
  },
});

const unsuitable = (received: string) =>
  coreErrors.BAD_ARGUMENT({ function: "hgu", expected: "a method that takes one gradient through the network per evaluation", received });
