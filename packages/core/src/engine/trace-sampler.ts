import { errors } from "../error-codes.js";
import { type Aval, defined, equalShapes, GraphBuilder, graphErrors, type Tensor } from "@leader/graph";
import type { Tree } from "../tree.js";
import type { InnerLoop, StepInput, StepOutput } from "../contract/baseline.js";
import type { Prior } from "../contract/denoiser.js";
import type { Modulated } from "../contract/modulator.js";
import type { Uncertainty } from "../contract/uncertainty.js";
import { carriedEstimate, keptInputs, keptResults } from "./carried-estimate.js";
import { forwardProcess } from "../formulas/forward-process.js";
import { misfitOf } from "../formulas/misfit.js";
import { onlyMeasured } from "../linear/only-measured.js";
import { shareCommonValues } from "./common-values.js";
import { hoistInvariants } from "./hoist.js";
import { finishPhase, type Phase, type PhaseName } from "./phase.js";
import type { AmortisedPhase, InnerPhases, SamplerGraphs } from "./sampler-graphs.js";
import { checkSameStructure, specOf, treeInputs, treeResults, type TreeSpec } from "./state-tree.js";
import type { SamplerStages } from "./stages.js";
import { levelInputs, TraceContext } from "./trace-context.js";
import { freshNoiseInputs, freshNoiseResults } from "./kept-noise.js";
import { withoutUnread } from "./unread-results.js";
import { valueName } from "./value-names.js";

const priorUncertainty = valueName("prior", "uncertainty");
const priorShare = valueName("prior", "varianceShare");

/** What later phases must know about the values that earlier ones produce. */
interface Structure {
  readonly state: TreeSpec;
  readonly modulatorState: TreeSpec;
}

/** What `predict` leaves to later phases besides the estimate. */
interface Predicted {
  readonly guidance: TreeSpec | undefined;
  readonly uncertainty: Aval | undefined;
  /** Of a network that learned the variance of its steps. */
  readonly varianceShare: Aval | undefined;
}

/**
 * Traces the stages once for their image type. Every noise level, seed and measurement is an input of the graphs,
 * so one trace serves the whole run.
 * Errors: a stage that needs an uncertainty or fresh noise that nothing provides; a state whose structure changes.
 */
export function traceSampler(stages: SamplerStages): SamplerGraphs {
  checkUncertaintyIsProvided(stages);
  const { phase: init, structure } = traceInit(stages);
  const { phase: predict, predicted } = tracePredict(stages, structure, "predict");
  const amortised = traceAmortised(stages, structure, predicted);
  const inner = traceInner(stages, structure, predict, predicted);
  const update = traceUpdate(stages, structure, predicted);
  const travel = traceTravel(stages, structure);
  const graphs = { init, predict, update, travel, ...defined({ inner, amortised }) };
  return hoistInvariants(shareCommonValues(withoutUnread(graphs, stages.scheduler.travels ?? true)));
}

function traceInit(stages: SamplerStages): { phase: Phase; structure: Structure } {
  const t = begin(stages);
  const y = measurementOf(t, stages);
  const level = levelInputs(t.builder, "from");
  const made = t.builder.within("baseline", () => stages.baseline.init(t.context, { y, level }));
  const modulatorState = t.builder.within("modulator", () => stages.modulator?.init(t.context, { y }) ?? {});
  checkImage(stages, made.x, "init");
  checkFreshNoise(stages, made, "init");
  const results = [...stepResults(stages, made), ...treeResults("modulatorState", modulatorState)];
  return {
    phase: t.finish("init", results),
    structure: { state: specOf(made.state), modulatorState: specOf(modulatorState) },
  };
}

/** @param known type of the variance map, unless it is estimated here. */
function tracePredict(
  stages: SamplerStages,
  structure: Structure,
  name: "predict" | "between" | "again",
  known?: Aval,
): { phase: Phase; predicted: Predicted } {
  const t = begin(stages);
  const image = stages.denoiser.image;
  const x = t.builder.param("x", image);
  const y = measurementOf(t, stages);
  const from = levelInputs(t.builder, "from");
  const state = treeInputs(t.builder, "state", structure.state);
  const bare = t.builder.within("denoiser", () => stages.denoiser.denoise(x, from));
  t.context.observeFinite("denoiser", [bare.x0, bare.epsilon]);
  const estimate = name === "predict" ? estimated(t, stages, bare, x, from) : name === "between" ? carried(t, known!, from) : undefined;
  if (name !== "again") observeAgainstMeasurement(t, stages, y, bare.x0);
  const uncertainty = name === "again" && known !== undefined ? t.builder.param(priorUncertainty, known) : estimate?.variance;
  const prior: Prior = { ...bare, ...defined({ uncertainty }) };
  const guidance = t.builder.within("baseline", () => stages.baseline.guide?.(t.context, { x, y, from, prior }, state));
  const results: (readonly [string, Tensor])[] = [
    [valueName("prior", "x0"), prior.x0],
    [valueName("prior", "epsilon"), prior.epsilon],
    ...(bare.varianceShare === undefined ? [] : [[priorShare, bare.varianceShare] as const]),
    ...(uncertainty === undefined ? [] : [[priorUncertainty, uncertainty] as const]),
    ...(estimate === undefined || name !== "predict" || !isAmortised(stages) ? [] : keptResults({ ...estimate, sigma: from.sigma })),
    ...(guidance === undefined ? [] : treeResults("guidance", guidance)),
  ];
  return {
    phase: t.finish(name, results),
    predicted: {
      guidance: guidance === undefined ? undefined : specOf(guidance),
      uncertainty,
      varianceShare: bare.varianceShare,
    },
  };
}

/** What the network sees rearranged cannot be set against the measurement. */
function observeAgainstMeasurement({ context }: Tracing, { scheduler }: SamplerStages, y: Tensor, x0: Tensor): void {
  if (scheduler.observes.includes("misfit") && !context.rearranged) context.observe("misfit", misfitOf(context, y, x0));
}

const isAmortised = (stages: SamplerStages): boolean => (stages.uncertainty?.every ?? 1) > 1;

function traceAmortised(stages: SamplerStages, structure: Structure, { uncertainty }: Predicted): AmortisedPhase | undefined {
  if (!isAmortised(stages)) return undefined;
  return { every: stages.uncertainty!.every!, between: tracePredict(stages, structure, "between", uncertainty).phase };
}

/** `again` is `predict` where that estimates no uncertainty, so that a network with its derivative is compiled once. */
function traceInner(stages: SamplerStages, structure: Structure, predict: Phase, predicted: Predicted): InnerPhases | undefined {
  const loop = stages.baseline.inner;
  if (loop === undefined) return undefined;
  checkInnerLoop(loop, predict);
  const { most, until } = loop;
  const { uncertainty: _, ...certain } = stages;
  const again = stages.uncertainty === undefined ? predict : tracePredict(certain, structure, "again", predicted.uncertainty).phase;
  return { most, ...defined({ until }), advance: traceAdvance(stages, structure, predicted), again };
}

function traceAdvance(stages: SamplerStages, structure: Structure, predicted: Predicted): Phase {
  const t = begin(stages);
  const { state, modulatorState: _, ...input } = stepInputs(t, stages, structure, predicted);
  const made = t.builder.within("baseline", () => stages.baseline.inner!.advance(t.context, input, state));
  checkSameStructure("baseline", structure.state, made.state);
  checkImage(stages, made.x, "inner.advance");
  t.context.observeFinite("baseline", [made.x]);
  return t.finish("advance", [["x", made.x], ...treeResults("state", made.state)]);
}

function checkInnerLoop({ most, until }: InnerLoop, predict: Phase): void {
  const fail = (expected: string, received: string): never => {
    throw graphErrors.BAD_ARGUMENT({ function: "baseline.inner", expected, received });
  };
  if (!Number.isInteger(most) || most < 1) fail("`most` of at least 1 evaluation", String(most));
  if (until !== undefined && !predict.observed.includes(until)) fail("`until` to name a scalar that `guide` observes", until);
}

function estimated(
  t: Tracing,
  { uncertainty: estimator, denoiser }: SamplerStages,
  prior: Prior,
  x: Tensor,
  level: ReturnType<typeof levelInputs>,
): Uncertainty | undefined {
  if (estimator === undefined) return undefined;
  const freshNoise = estimator.needsFreshNoise ? { freshNoise: freshNoiseInputs(t.builder, denoiser.image) } : {};
  const estimate = t.builder.within("uncertainty", () => estimator.estimate(t.context, { x, level, prior, ...freshNoise }));
  t.context.observeFinite("uncertainty", [estimate.variance]);
  return observedEstimate(t, estimate);
}

function carried(t: Tracing, variance: Aval, level: ReturnType<typeof levelInputs>): Uncertainty {
  const kept = keptInputs(t.builder, variance);
  const estimate = t.builder.within("uncertainty", () => carriedEstimate(kept, level));
  return observedEstimate(t, estimate);
}

function observedEstimate({ context }: Tracing, estimate: Uncertainty): Uncertainty {
  context.observe("uncertainty", estimate.mean);
  context.observe("uncertainty.standardError", estimate.standardError);
  return estimate;
}

function traceUpdate(stages: SamplerStages, structure: Structure, predicted: Predicted): Phase {
  const t = begin(stages);
  const { state, modulatorState, ...now } = stepInputs(t, stages, structure, predicted);
  const input = { ...now, to: levelInputs(t.builder, "to") };
  const { prior } = now;

  const modulated = t.builder.within(
    "modulator",
    (): Modulated => stages.modulator?.modulate(t.context, input, modulatorState) ?? { prior, state: modulatorState },
  );
  checkSameStructure("modulator", structure.modulatorState, modulated.state);
  if (stages.modulator !== undefined) t.context.observeFinite("modulator", [modulated.prior.x0]);
  const proposal = defined({ freshShare: modulated.freshShare, freshShares: modulated.freshShares });
  // No modulator says how much noise a step draws by leaving it out of the prior that it returns.
  const seen: Prior = { ...defined({ varianceShare: prior.varianceShare }), ...modulated.prior };
  const made = t.builder.within("baseline", () => stages.baseline.step(t.context, { ...input, ...proposal, prior: seen }, state));
  checkSameStructure("baseline", structure.state, made.state);
  checkImage(stages, made.x, "step");
  checkFreshNoise(stages, made, "step");
  t.context.observeFinite("baseline", [made.x]);
  return t.finish("update", [...stepResults(stages, made), ...treeResults("modulatorState", modulated.state)]);
}

/** What is known after `predict`, as inputs. */
function stepInputs(
  t: Tracing,
  stages: SamplerStages,
  structure: Structure,
  { guidance, uncertainty, varianceShare }: Predicted,
): Omit<StepInput, "to"> & { readonly state: Tree<Tensor>; readonly modulatorState: Tree<Tensor> } {
  const { builder } = t;
  const { image } = stages.denoiser;
  const prior: Prior = {
    x0: builder.param(valueName("prior", "x0"), image),
    epsilon: builder.param(valueName("prior", "epsilon"), image),
    ...defined({
      uncertainty: uncertainty && builder.param(priorUncertainty, uncertainty),
      varianceShare: varianceShare && builder.param(priorShare, varianceShare),
    }),
  };
  return {
    x: builder.param("x", image),
    y: measurementOf(t, stages),
    from: levelInputs(builder, "from"),
    prior,
    state: treeInputs(builder, "state", structure.state),
    modulatorState: treeInputs(builder, "modulatorState", structure.modulatorState),
    ...defined({ guidance: guidance && treeInputs(builder, "guidance", guidance) }),
  };
}

/** The measurement, in which stages need not tell what was measured: the rest is 0. */
const measurementOf = ({ builder }: Tracing, { operator }: SamplerStages): Tensor =>
  onlyMeasured(operator, builder.param("y", operator.range));

function traceTravel(stages: SamplerStages, structure: Structure): Phase {
  const t = begin(stages);
  const x = t.builder.param("x", stages.denoiser.image);
  const from = levelInputs(t.builder, "from");
  const to = levelInputs(t.builder, "to");
  const state = treeInputs(t.builder, "state", structure.state);
  const made = t.builder.within(
    "baseline",
    () => stages.baseline.travel?.(t.context, { x, from, to }, state) ?? { ...forwardProcess(t.context, x, from, to), state },
  );
  checkSameStructure("baseline", structure.state, made.state);
  // A scheduler that never travels needs no travel that reports its noise, and many rules have none.
  if (stages.scheduler.travels ?? true) checkFreshNoise(stages, made, "travel");
  return t.finish("travel", stepResults(stages, made));
}

interface Tracing {
  readonly builder: GraphBuilder;
  readonly context: TraceContext;
  finish(name: PhaseName, results: readonly (readonly [string, Tensor])[]): Phase;
}

function begin(stages: SamplerStages): Tracing {
  const builder = new GraphBuilder();
  const context = new TraceContext(builder, stages);
  const { rematerialise } = stages.denoiser;
  return { builder, context, finish: (name, results) => finishPhase(name, builder, new Map(results), context.observed, rematerialise) };
}

/** Fresh noise is kept only for an estimator that learns from it: whitening can cost as much as the step. */
function stepResults(stages: SamplerStages, made: StepOutput): (readonly [string, Tensor])[] {
  const fresh = stages.uncertainty?.needsFreshNoise === true ? made.freshNoise : undefined;
  return [["x", made.x], ...treeResults("state", made.state), ...(fresh === undefined ? [] : freshNoiseResults(fresh))];
}

function checkUncertaintyIsProvided(stages: SamplerStages): void {
  if (stages.uncertainty !== undefined) return;
  if (stages.modulator?.needsUncertainty === true) throw errors.UNCERTAINTY_MISSING({ stage: "modulator" });
  if (stages.scheduler.observes.includes("uncertainty")) throw errors.UNCERTAINTY_MISSING({ stage: "scheduler" });
}

function checkFreshNoise(stages: SamplerStages, made: StepOutput, where: string): void {
  if (stages.uncertainty?.needsFreshNoise === true && made.freshNoise === undefined) throw errors.FRESH_NOISE_MISSING({ where });
}

function checkImage(stages: SamplerStages, x: Tensor, where: string): void {
  const { image } = stages.denoiser;
  if (equalShapes(x.shape, image.shape) && x.dtype === image.dtype) return;
  throw graphErrors.SHAPE_MISMATCH({
    op: `baseline.${where}`,
    problem: `expected x of type ${image.dtype}[${image.shape.join(",")}], received ${x.dtype}[${x.shape.join(",")}]`,
  });
}
