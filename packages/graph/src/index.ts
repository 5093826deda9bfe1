/** `@leader/graph`: the graph language of LEADer: tracing, automatic differentiation, passes, and what a backend is. */
export * from "./values.js";
export { keepIn, keptBytes } from "./kept.js";
export type { KeptBytes } from "./kept.js";
export * from "./backend.js";
export { freeArray } from "./free-array.js";
export { describeGraph, HeldTensor, runtimeBackend } from "./runtime-backend.js";
export type { GraphRuntime } from "./runtime-backend.js";
export { outputsAmong, replay, valuesAt } from "./ir/replay.js";
export type { Values, Visit } from "./ir/replay.js";
export { renumber } from "./ir/renumber.js";
export { Once } from "./once.js";
export { defined, forward, hasKey, isRecord, keysOf, memberOf, recordOf } from "./records.js";
export type { Defined } from "./records.js";
export { errors as graphErrors } from "./error-codes.js";
export { LeaderError, defineErrors, isLeaderError, withContext } from "./errors.js";
export type { ErrorContext, ErrorDescription, SourcePlace } from "./errors.js";
export { fromBfloat16, fromHalves } from "./half-arrays.js";
export { exactHalves, roundedToHalves } from "./half-constants.js";
export { markStored, readStored, storedElements, StoredElements, storedFile, storedTensor } from "./stored.js";
export type { StoredFile, StoredType } from "./stored.js";
export { Tensor } from "./ir/tensor.js";
export type { Operand } from "./ir/tensor.js";
export { GraphBuilder, trace } from "./ir/trace.js";
export { arithmeticBehind, arithmeticOf, countArithmetic } from "./ir/arithmetic.js";
export { avalsOf, countEvaluations, isOp } from "./ir/graph.js";
export type { Graph, Node, Param } from "./ir/graph.js";
export type { ConvAttrs, CoordinateMode, OpAttrs, OpName, ResizeAttrs } from "./ir/op-attrs.js";
export { ops } from "./ir/ops/index.js";
export type { OpDef, OpTable, ReferenceValue, VjpArguments, VjpRule } from "./ir/op-def.js";
export { formatAval } from "./ir/format.js";
export {
  broadcastShapes,
  equalShapes,
  extents,
  hasRank,
  imageExtents,
  normalizeAxes,
  normalizeAxis,
  sizeOf,
  stridesOf,
} from "./ir/shape.js";
export { compileSegments, FunctionCache } from "./transform/compile-segments.js";
export type { CompileFlat } from "./transform/compile-segments.js";
export { verify } from "./ir/verify.js";
export { printGraph, printNode } from "./ir/print.js";
export { hashAttributes, hashConstant, hashGraph } from "./ir/hash.js";
export { eliminateDeadNodes } from "./transform/dce.js";
export { foldConstants } from "./transform/fold.js";
export { eliminateCommonSubexpressions, valuesInCommon } from "./transform/cse.js";
export { inlineFunctions } from "./transform/inline.js";
export { vjp, vjpInto } from "./transform/vjp.js";
export { jvp } from "./transform/jvp.js";
export { gradient, pullback } from "./transform/grad.js";
export { transpose } from "./transform/transpose.js";
export { optimize } from "./transform/optimize.js";
export { rewrite } from "./transform/rewrite.js";
export { memoryOf } from "./transform/memory.js";
export type { GraphMemory } from "./transform/memory.js";
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
export type { Rematerialisation } from "./transform/rematerialise.js";
