/** `@leader/graph/testing`: oracles of the graph language and the conformance suites of ops and backends. Needs vitest. */
export { checkGradients } from "./check-grads.js";
export type { CheckGradientsOptions, GradientCheck } from "./check-grads.js";
export { describeOp } from "./describe-op.js";
export { combination, evaluator, innerProduct, norm, normalArray, relativeError, weightedSum } from "./evaluate.js";
export { opCases } from "./op-cases/all.js";
export { bool, checksGradient, float32, int32, randomPositive, randomTensor, traceCase } from "./op-cases/op-case.js";
export type { OpCase, OpCaseTable } from "./op-cases/op-case.js";
export { describeBackend } from "./describe-backend.js";
export type { DescribeBackendOptions, NetworkCase } from "./describe-backend.js";
