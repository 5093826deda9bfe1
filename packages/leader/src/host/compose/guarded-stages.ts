import { equalShapes, formatAval, Tensor, type Aval } from "@leader/graph";
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
  const { estimator, modulator } = stages;
  const baseline = guardBaseline(stages.baseline, nameOf("baseline"));
  return {
    ...stages,
    operator: guardOperator(stages.operator, nameOf("operator")),
    denoiser: guardDenoiser(stages.denoiser, nameOf("denoiser")),
    baseline: wrapper === undefined ? baseline : guardWrapped(wrapper, baseline, nameOf("wrapper")),
    ...(estimator === undefined ? {} : { estimator: guardEstimator(estimator, stages.denoiser.image, nameOf("uncertainty")) }),
    ...(modulator === undefined ? {} : { modulator: guardModulator(modulator, stages.denoiser.image, nameOf("modulator")) }),
  };
}

export function guardOperator(operator: LinearOperator, name: SelectedStage): LinearOperator {
  const { domain, range, pinv, svd, proxL2, measured } = operator;
  const map = (what: string, type: Aval, f: () => Tensor): Tensor => within(name, () => expectTensor(f(), type, name, what));
  return {
    name: operator.name,
    domain,
    range,
    apply: (x) => map("apply", range, () => operator.apply(x)),
    adjoint: (y) => map("adjoint", domain, () => operator.adjoint(y)),
    ...(pinv === undefined ? {} : { pinv: (y) => map("pinv", domain, () => pinv.call(operator, y)) }),
    ...(proxL2 === undefined ? {} : { proxL2: (z, y, rho) => map("proxL2", domain, () => proxL2.call(operator, z, y, rho)) }),
    ...(svd === undefined ? {} : { svd }),
    ...(measured === undefined ? {} : { measured }),
  };
}

function guardDenoiser(denoiser: Denoiser, name: SelectedStage): Denoiser {
  const { image, posteriorVariance, rematerialise } = denoiser;
  return {
    image,
    schedule: denoiser.schedule,
    differentiable: denoiser.differentiable,
    ...(rematerialise === undefined ? {} : { rematerialise }),
    denoise: (x, level) =>
      within(name, () => {
        const prior = denoiser.denoise(x, level);
        expectTensor(prior.x0, image, name, "x0");
        expectTensor(prior.epsilon, image, name, "epsilon");
        return prior;
      }),
    ...(posteriorVariance === undefined
      ? {}
      : { posteriorVariance: (x, level) => within(name, () => posteriorVariance.call(denoiser, x, level)) }),
  };
}

function guardBaseline(rule: UpdateRule, name: SelectedStage): UpdateRule {
  const guide: UpdateRule["guide"] = (ctx, at, state) => within(name, () => rule.guide!(ctx, at, state));
  const { inner } = rule;
  const travel: UpdateRule["travel"] = (ctx, at, state) => within(name, () => rule.travel!(ctx, at, state));
  return {
    init: (ctx, at) => within(name, () => rule.init(ctx, at)),
    step: (ctx, input, state) => within(name, () => rule.step(ctx, input, state)),
    // An absent member means an absent power, so it must stay absent.
    ...(rule.guide === undefined ? {} : { guide }),
    ...(rule.travel === undefined ? {} : { travel }),
    ...(inner === undefined
      ? {}
      : { inner: { ...inner, advance: (ctx, input, state) => within(name, () => inner.advance(ctx, input, state)) } }),
  };
}

const guardWrapped = (wrapper: RuleWrapper, baseline: UpdateRule, name: SelectedStage): UpdateRule =>
  guardBaseline(
    within(name, () => wrapper.wrap(baseline)),
    name,
  );

function guardEstimator(estimator: UncertaintyEstimator, image: Aval, name: SelectedStage): UncertaintyEstimator {
  const { needsFreshNoise, every } = estimator;
  return {
    needsFreshNoise,
    ...(every === undefined ? {} : { every }),
    estimate: (ctx, at) =>
      within(name, () => {
        const estimate = estimator.estimate(ctx, at);
        const { variance } = estimate;
        if (!(variance instanceof Tensor) || !broadcastsTo(variance.shape, image.shape))
          throw wrongType(name, "the variance", `a shape that broadcasts to ${formatAval(image)}`, variance);
        return estimate;
      }),
  };
}

function guardModulator(modulator: PriorModulator, image: Aval, name: SelectedStage): PriorModulator {
  return {
    needsUncertainty: modulator.needsUncertainty,
    ...(modulator.proposesFreshShare === undefined ? {} : { proposesFreshShare: modulator.proposesFreshShare }),
    init: (ctx, at) => within(name, () => modulator.init(ctx, at)),
    modulate: (ctx, input, state) =>
      within(name, () => {
        const made = modulator.modulate(ctx, input, state);
        expectTensor(made.prior.x0, image, name, "x0");
        expectTensor(made.prior.epsilon, image, name, "epsilon");
        return made;
      }),
  };
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
