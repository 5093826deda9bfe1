/** Normalisation layers, on the graph language's `Standardize`. */
import { normalizeAxis, sizeOf } from "../../../ir/shape.js";
import type { Tensor } from "../../../ir/tensor.js";
import { heavy, isConstant, type NodeContext, type OpRules, type Value } from "../node-context.js";

/** One number per channel of [N,C,...], ready to broadcast. */
const perChannel = (value: Tensor, rank: number): Tensor => value.reshape([value.size, ...new Array<number>(rank - 2).fill(1)]);

function affine(x: Tensor, scale: Tensor | undefined, bias: Tensor | undefined): Tensor {
  const scaled = scale === undefined ? x : x.mul(scale);
  return bias === undefined ? scaled : scaled.add(bias);
}

function known(node: NodeContext, index: number): ArrayLike<number | bigint> | undefined {
  const value = node.input(index);
  return isConstant(value) ? value.data : undefined;
}

/** Inference: a fixed gain and offset per channel, computed here in float64 where the statistics are known. */
function batchNormalization(node: NodeContext): Tensor {
  const { attrs } = node;
  if (attrs.flag("training_mode")) throw node.unsupported("batch normalisation in training mode");
  const x = node.tensor(0);
  if (x.rank < 2) throw node.invalid(`[${x.shape.join(",")}] has no channels`);
  const epsilon = attrs.float("epsilon", 1e-5);
  const [scale, bias, mean, variance] = [known(node, 1), known(node, 2), known(node, 3), known(node, 4)];
  if (scale === undefined || bias === undefined || mean === undefined || variance === undefined) {
    const operand = (i: number): Tensor => perChannel(node.tensor(i), x.rank);
    const [gain, offset, center, spread] = [operand(1), operand(2), operand(3), operand(4)];
    return affine(x.sub(center).div(spread.add(epsilon).sqrt()), gain, offset);
  }
  const gains = Float64Array.from({ length: scale.length }, (_, i) => Number(scale[i]) / Math.sqrt(Number(variance[i]) + epsilon));
  const channel = (data: Float32Array): Tensor =>
    perChannel(node.builder.constant({ shape: [data.length], dtype: "float32", data }), x.rank);
  return affine(x, channel(Float32Array.from(gains)), channel(Float32Array.from(gains, (g, i) => Number(bias[i]) - Number(mean[i]) * g)));
}

function instanceNormalization(node: NodeContext): Tensor {
  const x = node.tensor(0);
  if (x.rank < 3) throw node.invalid(`[${x.shape.join(",")}] has no spatial axes`);
  return affine(
    x.standardize(2, node.attrs.float("epsilon", 1e-5)),
    perChannel(node.tensor(1), x.rank),
    perChannel(node.tensor(2), x.rank),
  );
}

/** Scale and bias are per group before opset 21, per channel from then on. */
function groupNormalization(node: NodeContext): Tensor {
  const x = node.tensor(0);
  const groups = node.attrs.int("num_groups", 0);
  const channels = x.shape[1] ?? 0;
  if (groups < 1 || channels % groups !== 0) throw node.invalid(`${channels} channels do not split into ${groups} groups`);
  const [scale, bias] = [node.tensor(1), node.tensor(2)];
  const grouped = x.reshape([x.shape[0]!, groups, sizeOf(x.shape.slice(1)) / groups]).standardize(2, node.attrs.float("epsilon", 1e-5));
  if (node.opset < 21) return affine(grouped, scale.reshape([groups, 1]), bias.reshape([groups, 1])).reshape(x.shape);
  return affine(grouped.reshape(x.shape), perChannel(scale, x.rank), perChannel(bias, x.rank));
}

function layerNormalization(node: NodeContext): readonly (Value | undefined)[] {
  const x = node.tensor(0);
  const axis = normalizeAxis("LayerNormalization", node.attrs.int("axis", -1), x.rank);
  const epsilon = node.attrs.float("epsilon", 1e-5);
  const y = affine(x.standardize(axis, epsilon), node.tensor(1), node.optionalTensor(2));
  const wants = (i: number): boolean => (node.outputs[i] ?? "") !== "";
  const axes = x.shape.map((_, i) => i).slice(axis);
  const mean = wants(1) || wants(2) ? x.mean(axes, { keepDims: true }) : undefined;
  const deviation = mean !== undefined && wants(2) ? x.sub(mean).square().mean(axes, { keepDims: true }).add(epsilon).sqrt() : undefined;
  return [y, mean, deviation === undefined ? undefined : node.scalar(1, "float32").div(deviation)];
}

/** x / sqrt(mean(x^2) + epsilon). */
function rmsNormalization(node: NodeContext): Tensor {
  const x = node.tensor(0);
  const axis = normalizeAxis("RMSNormalization", node.attrs.int("axis", -1), x.rank);
  const axes = x.shape.map((_, i) => i).slice(axis);
  const scale = x.square().mean(axes, { keepDims: true }).add(node.attrs.float("epsilon", 1e-5)).sqrt();
  return x.div(scale).mul(node.tensor(1));
}

function meanVarianceNormalization(node: NodeContext): Tensor {
  const x = node.tensor(0);
  const axes = (node.attrs.ints("axes") ?? [0, 2, 3])
    .map((axis) => normalizeAxis("MeanVarianceNormalization", axis, x.rank))
    .sort((a, b) => a - b);
  const centered = x.sub(x.mean(axes, { keepDims: true }));
  return centered.div(centered.square().mean(axes, { keepDims: true }).sqrt().add(1e-9));
}

function lpNormalization(node: NodeContext): Tensor {
  const x = node.tensor(0);
  const axis = normalizeAxis("LpNormalization", node.attrs.int("axis", -1), x.rank);
  const p = node.attrs.int("p", 2);
  if (p !== 1 && p !== 2) throw node.invalid(`p should be 1 or 2, but is ${p}`);
  const norm = p === 1 ? x.abs().sum([axis], { keepDims: true }) : x.square().sum([axis], { keepDims: true }).sqrt();
  // A vector of zeros stays zero.
  return x.div(norm.equal(0).where(1, norm));
}

/** x / (bias + alpha / size * sum of squares over neighbouring channels)^beta. */
function localResponse(node: NodeContext): Tensor {
  const x = node.tensor(0);
  const size = node.attrs.int("size", 1);
  if (size < 1 || size > 4096) throw node.invalid(`${size} neighbouring channels`);
  const before = Math.floor((size - 1) / 2);
  const none = x.shape.slice(2).map(() => 0);
  const wide = x.square().pad([0, before, ...none, 0, size - 1 - before, ...none]);
  const channels = x.shape[1]!;
  const sum = Array.from({ length: size - 1 }, (_, k) => wide.sliceAxis(1, k + 1, k + 1 + channels)).reduce(
    (a, b) => a.add(b),
    wide.sliceAxis(1, 0, channels),
  );
  const base = sum.mul(node.attrs.float("alpha", 1e-4) / size).add(node.attrs.float("bias", 1));
  return x.div(base.pow(node.attrs.float("beta", 0.75)));
}

export const normalizations: OpRules = {
  BatchNormalization: heavy(batchNormalization),
  InstanceNormalization: heavy(instanceNormalization),
  GroupNormalization: heavy(groupNormalization),
  LayerNormalization: heavy(layerNormalization),
  RMSNormalization: heavy(rmsNormalization),
  MeanVarianceNormalization: heavy(meanVarianceNormalization),
  LpNormalization: heavy(lpNormalization),
  LRN: heavy(localResponse),
};
