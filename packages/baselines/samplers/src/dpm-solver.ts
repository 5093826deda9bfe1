import { forwardProcess, pureNoise, type Level, type StepInput, type Tensor, type UpdateRule } from "@leader/core";
import { estimate, withOwnNoise } from "./estimate.js";

export interface DpmSolverOptions {
  /** 2: multistep with the previous evaluation; 1: DDIM. */
  readonly order: 1 | 2;
  /** Clip the estimate to [-1,1]. */
  readonly clip: boolean;
}

/** The previous evaluation of a multistep method. */
export interface History {
  /** What was evaluated there: the clean image, or the noise. */
  readonly value: Tensor;
  /** log sigma of its level. */
  readonly logSigma: Tensor;
  /** 1 if the record is of the step just before, 0 at the start and after time travel. */
  readonly present: Tensor;
  readonly [key: string]: Tensor;
}

/** Below every sigma of a noisy level: keeps logarithms finite in branches that are not taken. */
const tiny = 1e-6;

/**
 * DPM-Solver++ (2M) (Lu et al. 2022b, Algorithm 2), data prediction D = x0. With lambda = -log sigma, h = lambda' - lambda:
 *
 *   x' = sqrt((1-a')/(1-a)) x - sqrt(a') (e^-h - 1) ((1 + 1/(2r)) D - 1/(2r) D_prev),   r = h_prev / h
 *
 * The first step, the step after time travel and the step to the clean level, where h is infinite, are of first order.
 * Deterministic; the measurement is not read.
 */
export const dpmSolverPlusPlus = (options: DpmSolverOptions): UpdateRule<History> =>
  multistep(options, ({ x, from, to }, { extrapolate, x0 }) => {
    const carried = to.sqrtOneMinusAlphaBar.div(from.sqrtOneMinusAlphaBar);
    const gained = from.sigma.sub(to.sigma).div(from.sigma).mul(to.sqrtAlphaBar);
    return { value: x0, x: carried.mul(x).add(gained.mul(extrapolate(x0))) };
  });

/**
 * DPM-Solver (2M): the same multistep scheme for noise prediction (Lu et al. 2022a, eq. 3.3 with the divided difference of the previous
 * evaluation; Lu et al. 2022b, appendix B):
 *
 *   x' = sqrt(a'/a) x - sqrt(1-a') (e^h - 1) ((1 + 1/(2r)) e - 1/(2r) e_prev)
 *
 * where sqrt(1-a') (e^h - 1) = sqrt(a') (sigma - sigma'), finite at the clean level. e is the noise that the estimate leaves
 * in the state, so that a modulator of the estimate is felt here too; without one it is the network's.
 */
export const dpmSolver = (options: DpmSolverOptions): UpdateRule<History> =>
  multistep(options, ({ x, from, to }, { extrapolate, x0 }) => {
    const { epsilon } = withOwnNoise(x, from, x0);
    const rescaled = x.div(from.sqrtAlphaBar).sub(from.sigma.sub(to.sigma).mul(extrapolate(epsilon)));
    return { value: epsilon, x: to.sqrtAlphaBar.mul(rescaled) };
  });

interface Evaluation {
  readonly x0: Tensor;
  /** Adds half the slope from the previous evaluation to this one, to the middle of the step. */
  readonly extrapolate: (value: Tensor) => Tensor;
}

function multistep(
  { order, clip }: DpmSolverOptions,
  advance: (input: StepInput, evaluation: Evaluation) => { readonly value: Tensor; readonly x: Tensor },
): UpdateRule<History> {
  return {
    init(ctx, { level }) {
      const { x } = pureNoise(ctx, level);
      return { x, state: { value: x, logSigma: logSigma(level), present: x.trace.scalar(0, "float32") } };
    },
    step(_ctx, input, state) {
      const weight = order === 1 ? undefined : extrapolation(input, state);
      const extrapolate = (value: Tensor): Tensor => (weight === undefined ? value : value.add(weight.mul(value.sub(state.value))));
      const { value, x } = advance(input, { x0: estimate(input, clip).x0, extrapolate });
      return { x, state: { value, logSigma: logSigma(input.from), present: x.trace.scalar(1, "float32") } };
    },
    travel(ctx, { x, from, to }, state) {
      const made = forwardProcess(ctx, x, from, to);
      return { x: made.x, state: { ...state, present: x.trace.scalar(0, "float32") } };
    },
  };
}

/** 1/(2r) = h / (2 h_prev), or 0 where there is no second order. */
function extrapolation({ from, to }: StepInput, { logSigma: previous, present }: History): Tensor {
  const here = logSigma(from);
  const h = here.sub(logSigma(to));
  const hPrevious = previous.sub(here).maximum(tiny);
  return present
    .greater(0.5)
    .and(to.sigma.greater(0))
    .where(h.div(hPrevious.mul(2)), 0);
}

const logSigma = ({ sigma }: Level): Tensor => sigma.maximum(tiny).log();
