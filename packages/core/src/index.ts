/** `@leader/core`: the contracts of LEADer and its graph language. */
export * from "./contract/tensor.js";
export * from "./contract/operator.js";
export * from "./contract/denoiser.js";
export * from "./contract/baseline.js";
export * from "./contract/wrapper.js";
export * from "./contract/uncertainty.js";
export * from "./contract/modulator.js";
export * from "./contract/scheduler.js";
export * from "./contract/backend.js";
export * from "./contract/events.js";
export * from "./contract/plugin.js";
export { API_VERSION } from "./contract/version.js";
export { LeaderError, defineErrors, isLeaderError, withContext } from "./errors.js";
export type { ErrorContext, ErrorDescription, SourcePlace } from "./errors.js";
export { errors as coreErrors } from "./error-codes.js";
export { exactHalves, fromHalves, roundedToHalves } from "./half.js";
export * from "./units.js";
export * from "./tree.js";
export { Tensor } from "./ir/tensor.js";
export type { Operand } from "./ir/tensor.js";
export { GraphBuilder, trace } from "./ir/trace.js";
export { arithmeticBehind, countArithmetic } from "./ir/arithmetic.js";
export { avalsOf, countEvaluations, isOp } from "./ir/graph.js";
export type { Graph, Node, Param } from "./ir/graph.js";
export type { ConvAttrs, CoordinateMode, OpAttrs, OpName, ResizeAttrs } from "./ir/op-attrs.js";
export { ops } from "./ir/ops/index.js";
export type { OpDef, OpTable, ReferenceValue, VjpArguments, VjpRule } from "./ir/op-def.js";
export { formatAval } from "./ir/format.js";
export { broadcastShapes, equalShapes, normalizeAxes, normalizeAxis, sizeOf, stridesOf } from "./ir/shape.js";
export type { SamplerStages } from "./sampling/stages.js";
export { evaluationsOfStep, phasesOf, traceSampler } from "./sampling/trace-sampler.js";
export type { InnerPhases, SamplerGraphs } from "./sampling/trace-sampler.js";
export type { Phase, PhaseName, ResultSource } from "./sampling/phase.js";
export { compileSampler } from "./sampling/compile-sampler.js";
export type { CompiledPhase, CompiledSampler } from "./sampling/compile-sampler.js";
export { runSampler } from "./sampling/run-sampler.js";
export type { SamplerResult, SamplerRun, StepRecord } from "./sampling/run-sampler.js";
export { drawNoise, immediateNoise } from "./sampling/noise-source.js";
export type { NoiseRequest, NoiseSource } from "./sampling/noise-source.js";
export { diffusionBetween, forwardProcess, travelBack } from "./sampling/forward-process.js";
export type { Diffusion } from "./sampling/forward-process.js";
export {
  freshNoiseIf,
  isotropicNoise,
  isotropicStateNoise,
  noiseAround,
  noisedTo,
  pureNoise,
  shapedNoise,
  whiteningWeights,
} from "./sampling/fresh-noise.js";
export type { LastEstimate } from "./sampling/fresh-noise.js";
export { publishedShrink } from "./sampling/published-shrink.js";
export { drawsAfresh, freshShare, noiseWeights } from "./sampling/fresh-share.js";
export type { NoiseWeights, Weight } from "./sampling/fresh-share.js";
export { ancestralStep, noiseRemoved, withNoise } from "./sampling/ancestral-step.js";
export type { AncestralStep, AncestralVariance } from "./sampling/ancestral-step.js";
export { estimatePull, guidedAncestral, limitedEstimate, pulledStep } from "./sampling/guided-ancestral.js";
export type { GuidedAncestralOptions } from "./sampling/guided-ancestral.js";
export { pullLength, residualPull } from "./sampling/residual-pull.js";
export type { ResidualPull, ResidualPullOptions } from "./sampling/residual-pull.js";
export { contextWith } from "./sampling/context-with.js";
export { annealedRate } from "./sampling/annealed-rate.js";
export type { AnnealedRate } from "./sampling/annealed-rate.js";
export { levelAtIndex, levelAtSigma } from "./sampling/inner-level.js";
export { insertKnown, rangeProjection } from "./sampling/known-range.js";
export type { KnownRange, OpenStep } from "./sampling/known-range.js";
export { measuredImage, resizeBicubic } from "./sampling/measured-image.js";
export { descend } from "./optimise/optimiser.js";
export type { Descent, Optimiser, OptimiserStep } from "./optimise/optimiser.js";
export { adam } from "./optimise/adam.js";
export type { AdamOptions, AdamState } from "./optimise/adam.js";
export { sgd } from "./optimise/sgd.js";
export type { SgdOptions, SgdState } from "./optimise/sgd.js";
export { hamiltonian, langevin } from "./optimise/langevin.js";
export type { HamiltonianOptions, HamiltonianState, LangevinOptions } from "./optimise/langevin.js";
export { remainingSpread } from "./sampling/remaining-spread.js";
export { linearOperator } from "./linear/linear-operator.js";
export type { LinearOperatorDefinition } from "./linear/linear-operator.js";
export { addOperators, adjointOperator, composeOperators, scaleOperator, stackOperators } from "./linear/algebra.js";
export { separableOperator } from "./linear/separable.js";
export type { SeparableOptions } from "./linear/separable.js";
export { circulantOperator } from "./linear/circulant.js";
export type { CirculantOptions } from "./linear/circulant.js";
export { hartleyTransform } from "./linear/hartley.js";
export { mapHost, regularisedInverse, spectralMembers, spectralResidual } from "./linear/spectral.js";
export { proximalMap } from "./linear/proximal-map.js";
export type { ProximalMapOptions } from "./linear/proximal-map.js";
export { operatorPower } from "./linear/operator-power.js";
export { conjugateGradient } from "./linear/conjugate-gradient.js";
export type { ConjugateGradientOptions } from "./linear/conjugate-gradient.js";
export { columnRange, denseMatrix, denseProduct, denseToHost, denseTranspose, scaledColumns } from "./linear/dense.js";
export type { DenseMatrix } from "./linear/dense.js";
export { completedBasis, denseSvd, thinSvd } from "./linear/dense-svd.js";
export type { DenseSvd } from "./linear/dense-svd.js";
export { constantOf } from "./linear/constants.js";
export { lazy } from "./linear/lazy.js";
export { compileSegments, FunctionCache } from "./transform/compile-segments.js";
export type { CompileFlat } from "./transform/compile-segments.js";
export { cosineSchedule, fromAlphaBar, levelScalars, linearBetaSchedule } from "./schedule/noise-schedule.js";
export type { LevelScalars } from "./schedule/noise-schedule.js";
export { levelWalk } from "./schedule/level-walk.js";
export type { LevelWalkOptions, LevelWalkState } from "./schedule/level-walk.js";
export {
  karrasSteps,
  squareRootSteps,
  timestepAwareSteps,
  timeTravelSteps,
  timeTravelWalk,
  uniformSteps,
} from "./schedule/step-sequences.js";
export type { KarrasGrid, TimeTravel } from "./schedule/step-sequences.js";
export { verify } from "./ir/verify.js";
export { printGraph, printNode } from "./ir/print.js";
export { hashAttributes, hashConstant, hashGraph } from "./ir/hash.js";
export { eliminateDeadNodes } from "./transform/dce.js";
export { foldConstants } from "./transform/fold.js";
export { eliminateCommonSubexpressions } from "./transform/cse.js";
export { inlineFunctions } from "./transform/inline.js";
export { vjp, vjpInto } from "./transform/vjp.js";
export { jvp } from "./transform/jvp.js";
export { gradient, pullback } from "./transform/grad.js";
export { transpose } from "./transform/transpose.js";
export { optimize } from "./transform/optimize.js";
export { rewrite } from "./transform/rewrite.js";
export { roundWeights } from "./transform/round-weights.js";
export { partition } from "./transform/partition.js";
export { rematerialise } from "./transform/rematerialise.js";
export { hashName, normals, permutation, philox, signs, uniforms } from "./random/philox.js";
export type { FoldOptions } from "./transform/fold.js";
export type { DerivativeOptions } from "./transform/vjp.js";
export type { OptimizeOptions } from "./transform/optimize.js";
export type { Segment } from "./transform/partition.js";
export type { NoiseKey } from "./random/philox.js";
export type { EmittedNode, Emitter } from "./ir/tensor.js";
