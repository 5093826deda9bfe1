import { defined, equalShapes, formatAval, forward, Tensor, type Aval } from "@leader/graph";
import type {
  Denoiser,
  LinearOperator,
  PriorModulator,
  RuleWrapper,
  SamplerStages,
  StageKind,
  UncertaintyEstimator,
  UpdateRule,
} from "@leader/core";
import { errors } from "../../error-codes.js";
import type { SelectedStage } from "../config/stage-reader.js";
import { stageName, within } from "./stage-errors.js";

type Names = ReadonlyMap<StageKind, SelectedStage>;

/**
 * The stages of a sampler with their code watched while it is traced: an exception names the stage it came from, and a result
 * of the wrong type is an error of the stage that made it, not of the one that stumbles over it. A wrapper is put around the
 * baseline here, so that errors tell the two apart.
 */
export function guardStages(stages: SamplerStages, wrapper: RuleWrapper | undefined, names: Names): SamplerStages {
  const nameOf = (role: StageKind): SelectedStage => names.get(role)!;
  const { uncertainty, modulator } = stages;
  const baseline = guardBaseline(stages.baseline, nameOf("baseline"));
  return {
    ...stages,
    operator: guardOperator(stages.operator, nameOf("operator")),
    denoiser: guardDenoiser(stages.denoiser, nameOf("denoiser")),
    baseline: wrapper === undefined ? baseline : guardWrapped(wrapper, baseline, nameOf("wrapper")),
    ...defined({
      uncertainty: uncertainty && guardEstimator(uncertainty, stages.denoiser.image, nameOf("uncertainty")),
      modulator: modulator && guardModulator(modulator, stages.denoiser.image, nameOf("modulator")),
    }),
  };
}

export function guardOperator(operator: LinearOperator, name: SelectedStage): LinearOperator {
  const { domain, range, pinv, proxL2 } = operator;
  const map = (what: string, type: Aval, f: () => Tensor): Tensor => within(name, () => expectTensor(f(), type, name, what));
  return forward(operator, {
    apply: (x) => map("apply", range, () => operator.apply(x)),
    adjoint: (y) => map("adjoint", domain, () => operator.adjoint(y)),
    pinv: pinv && ((y) => map("pinv", domain, () => pinv.call(operator, y))),
    proxL2: proxL2 && ((z, y, rho) => map("proxL2", domain, () => proxL2.call(operator, z, y, rho))),
  });
}

function guardDenoiser(denoiser: Denoiser, name: SelectedStage): Denoiser {
  const { image, posteriorVariance } = denoiser;
  return forward(denoiser, {
    denoise: (x, level) =>
      within(name, () => {
        const prior = denoiser.denoise(x, level);
        expectTensor(prior.x0, image, name, "x0");
        expectTensor(prior.epsilon, image, name, "epsilon");
        if (prior.varianceShare !== undefined) expectTensor(prior.varianceShare, image, name, "varianceShare");
        return prior;
      }),
    posteriorVariance: posteriorVariance && ((x, level) => within(name, () => posteriorVariance.call(denoiser, x, level))),
  });
}

function guardBaseline(rule: UpdateRule, name: SelectedStage): UpdateRule {
  const { inner } = rule;
  // An absent member means an absent power, so it must stay absent.
  return forward(rule, {
    init: (ctx, at) => within(name, () => rule.init(ctx, at)),
    step: (ctx, input, state) => within(name, () => rule.step(ctx, input, state)),
    guide: rule.guide === undefined ? undefined : (ctx, at, state) => within(name, () => rule.guide!(ctx, at, state)),
    travel: rule.travel === undefined ? undefined : (ctx, at, state) => within(name, () => rule.travel!(ctx, at, state)),
    inner: inner && forward(inner, { advance: (ctx, input, state) => within(name, () => inner.advance(ctx, input, state)) }),
  });
}

const guardWrapped = (wrapper: RuleWrapper, baseline: UpdateRule, name: SelectedStage): UpdateRule =>
  guardBaseline(
    within(name, () => wrapper.wrap(baseline)),
    name,
  );

function guardEstimator(estimator: UncertaintyEstimator, image: Aval, name: SelectedStage): UncertaintyEstimator {
  return forward(estimator, {
    estimate: (ctx, at) =>
      within(name, () => {
        const estimate = estimator.estimate(ctx, at);
        const { variance } = estimate;
        if (!(variance instanceof Tensor) || !broadcastsTo(variance.shape, image.shape))
          throw wrongType(name, "the variance", `a shape that broadcasts to ${formatAval(image)}`, variance);
        return estimate;
      }),
  });
}

function guardModulator(modulator: PriorModulator, image: Aval, name: SelectedStage): PriorModulator {
  return forward(modulator, {
    init: (ctx, at) => within(name, () => modulator.init(ctx, at)),
    modulate: (ctx, input, state) =>
      within(name, () => {
        const made = modulator.modulate(ctx, input, state);
        expectTensor(made.prior.x0, image, name, "x0");
        expectTensor(made.prior.epsilon, image, name, "epsilon");
        return made;
      }),
  });
}

function expectTensor(value: Tensor, type: Aval, name: SelectedStage, what: string): Tensor {
  const known: unknown = value;
  if (known instanceof Tensor && known.dtype === type.dtype && equalShapes(known.shape, type.shape)) return known;
  throw wrongType(name, what, formatAval(type), value);
}

function wrongType(name: SelectedStage, what: string, expected: string, received: unknown): Error {
  const text = received instanceof Tensor ? formatAval(received) : typeof received;
  return errors.STAGE_MALFORMED(
    { reference: name.use, problem: `expected ${what} of type ${expected}, received ${text}` },
    { stage: stageName(name) },
  );
}

const broadcastsTo = (shape: readonly number[], target: readonly number[]): boolean =>
  shape.length <= target.length && shape.every((size, i) => size === 1 || size === target[target.length - shape.length + i]);
