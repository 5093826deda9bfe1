/** Activation functions, as compositions of the graph language. */
import type { Tensor } from "../../../ir/tensor.js";
import { rule, type NodeContext, type OpRule, type OpRules } from "../node-context.js";

const unary = (f: (x: Tensor, node: NodeContext) => Tensor): OpRule => rule((node) => f(node.tensor(0), node));

/** max(0, x), whose derivative at 0 is 0 as in PyTorch: at a tie the first operand takes it. */
const relu = (x: Tensor): Tensor => x.trace.scalar(0, x.dtype).maximum(x);
const negativePart = (x: Tensor): Tensor => x.minimum(0);
const expm1Below = (x: Tensor): Tensor => negativePart(x).exp().sub(1);

/** log(1 + e^x) without overflow. */
const softplus = (x: Tensor): Tensor => relu(x).add(x.abs().neg().exp().add(1).log());
const hardSigmoid = (x: Tensor, alpha: number, beta: number): Tensor => x.mul(alpha).add(beta).clip(0, 1);

/** Gaussian error linear unit; `tanh` is the approximation of its authors. */
function gelu(x: Tensor, approximate: string): Tensor {
  if (approximate === "tanh") {
    const inner = x.add(x.mul(x.square()).mul(0.044715)).mul(Math.sqrt(2 / Math.PI));
    return x.mul(0.5).mul(inner.tanh().add(1));
  }
  return x.mul(0.5).mul(x.mul(Math.SQRT1_2).erf().add(1));
}

function prelu(node: NodeContext): Tensor {
  const [x, stated] = [node.tensor(0), node.tensor(1)];
  // Before opset 7 a list of slopes was one per channel; later it broadcasts from the last axis like everything else.
  const slope = node.opset < 7 && stated.rank === 1 ? stated.reshape([stated.size, ...x.shape.slice(2).map(() => 1)]) : stated;
  return relu(x).add(slope.mul(negativePart(x)));
}

function selu(x: Tensor, { attrs }: NodeContext): Tensor {
  const alpha = attrs.float("alpha", 1.6732632423543772);
  const gamma = attrs.float("gamma", 1.0507009873554805);
  return relu(x).add(expm1Below(x).mul(alpha)).mul(gamma);
}

function celu(x: Tensor, { attrs }: NodeContext): Tensor {
  const alpha = attrs.float("alpha", 1);
  return relu(x).add(expm1Below(x.div(alpha)).mul(alpha));
}

function shrink(x: Tensor, { attrs }: NodeContext): Tensor {
  const [lambda, bias] = [attrs.float("lambd", 0.5), attrs.float("bias", 0)];
  return x.less(-lambda).where(x.add(bias), x.greater(lambda).where(x.sub(bias), 0));
}

/** Before opset 13 the axis split the operand into a matrix, and the function went over all of its columns. */
function alongAxis(node: NodeContext, f: (x: Tensor, axis: number) => Tensor): Tensor {
  const x = node.tensor(0);
  if (node.opset >= 13) return f(x, axisOf(node, x.rank, -1));
  const axis = axisOf(node, x.rank, 1);
  const columns = x.shape.slice(axis).reduce((a, b) => a * b, 1);
  return f(x.reshape([x.shape.slice(0, axis).reduce((a, b) => a * b, 1), columns]), 1).reshape(x.shape);
}

function axisOf(node: NodeContext, rank: number, fallback: number): number {
  const axis = node.attrs.int("axis", fallback);
  const normal = axis < 0 ? axis + rank : axis;
  // A matrix of one column is legal in the old versions.
  if (normal < 0 || normal > rank || (normal === rank && node.opset >= 13))
    throw node.invalid(`axis ${axis} is outside a tensor of rank ${rank}`);
  return normal;
}

function logSoftmax(x: Tensor, axis: number): Tensor {
  const shifted = x.sub(x.max([axis], { keepDims: true }));
  return shifted.sub(shifted.exp().sum([axis], { keepDims: true }).log());
}

export const activation: OpRules = {
  Relu: unary(relu),
  Sigmoid: unary((x) => x.sigmoid()),
  Tanh: unary((x) => x.tanh()),
  LeakyRelu: unary((x, { attrs }) => relu(x).add(negativePart(x).mul(attrs.float("alpha", 0.01)))),
  PRelu: rule(prelu),
  Elu: unary((x, { attrs }) => relu(x).add(expm1Below(x).mul(attrs.float("alpha", 1)))),
  Selu: unary(selu),
  Celu: unary(celu),
  HardSigmoid: unary((x, { attrs }) => hardSigmoid(x, attrs.float("alpha", 0.2), attrs.float("beta", 0.5))),
  HardSwish: unary((x) => x.mul(hardSigmoid(x, 1 / 6, 0.5))),
  Gelu: unary((x, { attrs }) => gelu(x, attrs.string("approximate", "none"))),
  Mish: unary((x) => x.mul(softplus(x).tanh())),
  Softplus: unary(softplus),
  Softsign: unary((x) => x.div(x.abs().add(1))),
  Swish: unary((x, { attrs }) => x.mul(x.mul(attrs.float("alpha", 1)).sigmoid())),
  ThresholdedRelu: unary((x, { attrs }) => x.greater(attrs.float("alpha", 1)).where(x, 0)),
  Shrink: unary(shrink),
  Softmax: rule((node) => alongAxis(node, (x, axis) => x.softmax(axis))),
  LogSoftmax: rule((node) => alongAxis(node, logSoftmax)),
};
