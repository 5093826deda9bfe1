/** `@leader/core`: the contracts of LEADer, and what authors of stages need to write against them. */
export * from "./graph.js";
export { coreErrors } from "./core-errors.js";
export * from "./contract/operator.js";
export * from "./contract/denoiser.js";
export * from "./contract/baseline.js";
export * from "./contract/wrapper.js";
export * from "./contract/uncertainty.js";
export * from "./contract/modulator.js";
export * from "./contract/scheduler.js";
export * from "./contract/events.js";
export * from "./contract/plugin.js";
export { API_VERSION } from "./contract/version.js";
export * from "./units.js";
export * from "./tree.js";
export type { SamplerStages } from "./engine/stages.js";
export { evaluationsOfStep, phasesOf, type InnerPhases, type SamplerGraphs } from "./engine/sampler-graphs.js";
export { traceSampler } from "./engine/trace-sampler.js";
export type { Phase, PhaseName, ResultSource } from "./engine/phase.js";
export { compileSampler } from "./engine/compile-sampler.js";
export type { CompiledPhase, CompiledSampler, HandedOver } from "./engine/compile-sampler.js";
export { runSampler } from "./engine/run-sampler.js";
export type { SamplerResult, SamplerRun } from "./engine/run-sampler.js";
export type { RunSnapshot, SnapshotKeeper } from "./engine/snapshot.js";
export type { StepRecord } from "./engine/step-record.js";
export { drawNoise, immediateNoise, noiseInput } from "./engine/noise-source.js";
export type { NoiseRequest, NoiseSource, NoiseWindow } from "./engine/noise-source.js";
export { diffusionBetween, forwardProcess, travelBack } from "./formulas/forward-process.js";
export type { Diffusion } from "./formulas/forward-process.js";
export {
  freshNoiseIf,
  isotropicNoise,
  isotropicStateNoise,
  noiseAround,
  noisedTo,
  pureNoise,
  shapedNoise,
  whiteningWeights,
} from "./formulas/fresh-noise.js";
export type { LastEstimate } from "./formulas/fresh-noise.js";
export { measurementNoise } from "./formulas/measurement-noise.js";
export { misfitOf } from "./formulas/misfit.js";
export { countedSpectrum, drawBeside, gainOf, guidedBy } from "./formulas/counted-guidance.js";
export type { DataTerms, SpectralGain, UnitDraw } from "./formulas/counted-guidance.js";
export { leastSquaresPull } from "./formulas/least-squares-pull.js";
export { dataStepLengths, publishedLength, publishedShrink } from "./formulas/published-shrink.js";
export type { DataStepOptions } from "./formulas/published-shrink.js";
export { drawsAfresh, freshShare, noiseWeights, sharesOfPixels } from "./formulas/fresh-share.js";
export type { NoiseWeights, Weight } from "./formulas/fresh-share.js";
export { ancestralStep, ancestralVariances, ancestralVarianceText, noiseRemoved, withNoise } from "./formulas/ancestral-step.js";
export type { AncestralStep, AncestralVariance } from "./formulas/ancestral-step.js";
export { estimatePull, guidedAncestral, limitedEstimate, pulledStep } from "./formulas/guided-ancestral.js";
export type { GuidedAncestralOptions, GuidedPull } from "./formulas/guided-ancestral.js";
export { pullLength, residualPull } from "./formulas/residual-pull.js";
export type { ResidualPull, ResidualPullOptions } from "./formulas/residual-pull.js";
export { contextWith } from "./formulas/context-with.js";
export { annealedRate } from "./formulas/annealed-rate.js";
export type { AnnealedRate } from "./formulas/annealed-rate.js";
export { levelAtIndex, levelAtSigma } from "./formulas/inner-level.js";
export { insertKnown, rangeProjection } from "./formulas/known-range.js";
export type { KnownRange, OpenStep } from "./formulas/known-range.js";
export { measuredImage, resizeBicubic } from "./formulas/measured-image.js";
export { descend } from "./optimise/optimiser.js";
export type { Descent, Optimiser, OptimiserStep } from "./optimise/optimiser.js";
export { adam } from "./optimise/adam.js";
export type { AdamOptions, AdamState } from "./optimise/adam.js";
export { sgd } from "./optimise/sgd.js";
export type { SgdOptions, SgdState } from "./optimise/sgd.js";
export { hamiltonian, langevin } from "./optimise/langevin.js";
export type { HamiltonianOptions, HamiltonianState, LangevinOptions } from "./optimise/langevin.js";
export { remainingSpread } from "./formulas/remaining-spread.js";
export { scaledTensor } from "./formulas/scaled-tensor.js";
export type { ScaledTensor } from "./formulas/scaled-tensor.js";
export { keptBesideMeasurement, keptOfMeasurement } from "./formulas/kept-beside-measurement.js";
export type { SplitSpread } from "./formulas/kept-beside-measurement.js";
export { linearOperator } from "./linear/linear-operator.js";
export type { LinearOperatorDefinition } from "./linear/linear-operator.js";
export { addOperators, adjointOperator, composeOperators, scaleOperator, stackOperators } from "./linear/algebra.js";
export { separableOperator } from "./linear/separable.js";
export type { SeparableOptions } from "./linear/separable.js";
export { circulantOperator } from "./linear/circulant.js";
export type { CirculantOptions } from "./linear/circulant.js";
export { convolutionInverse } from "./linear/convolution-inverse.js";
export { hartleyTransform } from "./linear/hartley.js";
export { mapHost, regularisedInverse, spectralMembers, spectralResidual } from "./linear/spectral.js";
export { proximalMap } from "./linear/proximal-map.js";
export { largestSingularValue } from "./linear/largest-singular-value.js";
export { measuredShare } from "./linear/measured-share.js";
export { widestHole } from "./linear/widest-hole.js";
export type { ProximalMapOptions } from "./linear/proximal-map.js";
export { operatorPower } from "./linear/operator-power.js";
export { conjugateGradient } from "./linear/conjugate-gradient.js";
export type { ConjugateGradientOptions } from "./linear/conjugate-gradient.js";
export { columnRange, denseMatrix, denseProduct, denseToHost, denseTranspose, lazyMatrix, scaledColumns } from "./linear/dense.js";
export type { DenseMatrix } from "./linear/dense.js";
export { completedBasis, denseSvd, thinSvd } from "./linear/dense-svd.js";
export type { DenseSvd } from "./linear/dense-svd.js";
export { constantOf } from "./linear/constants.js";
export { lazy } from "./linear/lazy.js";
export {
  betaSchedule,
  cosineSchedule,
  fromAlphaBar,
  levelScalars,
  linearBetaSchedule,
  scaledLinearSchedule,
} from "./schedule/noise-schedule.js";
export { scheduleOf } from "./schedule/schedule-spec.js";
export type { ScheduleSpec } from "./schedule/schedule-spec.js";
export { zeroTerminalSnr } from "./schedule/zero-terminal-snr.js";
export { valueMap, networkLevel, scaledTimesteps } from "./network/image-range.js";
export type { ImageRange, NetworkLevel, ValueMap } from "./network/image-range.js";
export { defaultRematerialisation, networkDenoiser, paddedShape } from "./network/network-denoiser.js";
export type { NetworkConvention, SizedNetwork } from "./network/network-denoiser.js";
export { tilingOf } from "./network/tiles.js";
export type { AxisTiles, Tiling } from "./network/tiles.js";
export type { Prediction, StateScaling } from "./network/prediction.js";
export type { LevelScalars } from "./schedule/noise-schedule.js";
export { levelWalk } from "./schedule/level-walk.js";
export type { LevelWalkOptions, LevelWalkState } from "./schedule/level-walk.js";
export {
  karrasSteps,
  levelWithNoise,
  squareRootSteps,
  timestepAwareSteps,
  timeTravelSteps,
  timeTravelWalk,
  uniformSteps,
} from "./schedule/step-sequences.js";
export type { KarrasGrid, TimeTravel } from "./schedule/step-sequences.js";
