/** Matrix products. */
import type { Tensor } from "../../../ir/tensor.js";
import { transpose } from "../movement.js";
import { heavy, type NodeContext, type OpRules, type Value } from "../node-context.js";
import { einsum } from "./einsum.js";

/** Vectors become a row or a column, whose axis is dropped again. */
export function matmulVectors(a: Tensor, b: Tensor): Tensor {
  const left = a.rank === 1 ? a.reshape([1, a.size]) : a;
  const right = b.rank === 1 ? b.reshape([b.size, 1]) : b;
  const product = left.matmul(right);
  if (a.rank > 1 && b.rank > 1) return product;
  const kept = product.shape.filter((_, i) => !(a.rank === 1 && i === product.rank - 2) && !(b.rank === 1 && i === product.rank - 1));
  return product.reshape(kept);
}

const flip = (node: NodeContext, value: Value, wanted: boolean): Tensor => node.lift(wanted ? transpose(node, value, [1, 0]) : value);

/** alpha A B + beta C. */
function gemm(node: NodeContext): Tensor {
  const { attrs } = node;
  const product = flip(node, node.input(0), attrs.flag("transA")).matmul(flip(node, node.input(1), attrs.flag("transB")));
  const [alpha, beta] = [attrs.float("alpha", 1), attrs.float("beta", 1)];
  const scaled = alpha === 1 ? product : product.mul(alpha);
  const c = node.optionalTensor(2);
  if (c === undefined || beta === 0) return scaled;
  return scaled.add(beta === 1 ? c : c.mul(beta));
}

export const matmuls: OpRules = {
  MatMul: heavy((node) => matmulVectors(node.tensor(0), node.tensor(1))),
  Gemm: heavy(gemm),
  Einsum: heavy((node) => einsum(node, node.attrs.string("equation", ""), node.tensors())),
};
