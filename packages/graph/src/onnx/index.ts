/** `@leader/graph/onnx`: ONNX as the file format of the graph language. */
export { constantFromProto, decodeModel, encodeModel, tensorFromProto, tensorToProto } from "./proto.js";
export type { ExternalData, TensorSource } from "./proto.js";
export type { Constant, ConstantData } from "./constant.js";
export type { ElementType } from "./element-type.js";
export { externalDataReader } from "./external-data.js";
export { leaveWeights } from "./leave-weights.js";
export { outlineOf } from "./outline.js";
export { inspectOnnx } from "./inspect.js";
export type { OnnxSummary, OnnxValueInfo } from "./inspect.js";
export { readOnnx } from "./read.js";
export type { ImportedGraph, NamedAval, ReadOptions } from "./read.js";
export { writeOnnx } from "./write.js";
export type { ExternalWeights, GraphWriter, RuntimeForms, WriteOnnxOptions, WrittenOnnx } from "./write.js";
