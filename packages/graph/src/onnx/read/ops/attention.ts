/** Attention of opset 23 and 24, in elementary operations. */
import type { Tensor } from "../../../ir/tensor.js";
import { heavy, type NodeContext, type OpRules } from "../node-context.js";
import { extents, hasRank } from "../../../ir/shape.js";

/** [batch, length, heads * d] as [batch, heads, length, d]; arrays of four axes have that form already. */
export function byHead(node: NodeContext, x: Tensor, heads: number, role: string): Tensor {
  if (x.rank === 4) return x;
  const { shape } = x;
  if (!hasRank(shape, 3) || heads < 1 || shape[2] % heads !== 0)
    throw node.invalid(`${role} [${shape.join(",")}] does not split into ${heads} heads`);
  const [batch, length, hidden] = shape;
  return x.reshape([batch, length, heads, hidden / heads]).transpose([0, 2, 1, 3]);
}

/** [batch, heads, length, d] as what `byHead` was given: of three or of four axes. */
export function joinedHeads(x: Tensor, rank: number): Tensor {
  if (rank === 4) return x;
  const [batch, heads, length, d] = extents(x.shape, 4);
  return x.transpose([0, 2, 1, 3]).reshape([batch, length, heads * d]);
}

/** Every key head serves a group of neighbouring query heads. */
function repeated(node: NodeContext, x: Tensor, heads: number): Tensor {
  const [batch, own, length, d] = extents(x.shape, 4);
  if (own === heads) return x;
  if (heads % own !== 0) throw node.invalid(`${heads} query heads do not share ${own} key heads`);
  return x
    .reshape([batch, own, 1, length, d])
    .expand([batch, own, heads / own, length, d])
    .reshape([batch, heads, length, d]);
}

/** Scores that a key must not have, as a number that softmax turns into 0 and that stays finite. */
const excluded = -1e30;

function masked(node: NodeContext, scores: Tensor): Tensor {
  const mask = node.optionalTensor(3);
  const given = mask === undefined ? scores : mask.dtype === "bool" ? mask.where(scores, excluded) : scores.add(mask.maximum(excluded));
  if (!node.attrs.flag("is_causal")) return given;
  const [queries, keys] = extents(scores.shape.slice(2), 2);
  const data = Uint8Array.from({ length: queries * keys }, (_, i) => (i % keys <= Math.floor(i / keys) ? 1 : 0));
  return node.builder.constant({ shape: [queries, keys], dtype: "bool", data }).where(given, excluded);
}

function attention(node: NodeContext): Tensor {
  const { attrs } = node;
  if ([4, 5, 6].some((i) => node.has(i))) throw node.unsupported("attention with past keys and values");
  if (node.outputs.slice(1).some((name) => name !== "")) throw node.unsupported("attention that also returns keys, values or scores");
  const input = node.tensor(0);
  const heads = input.rank === 4 ? input.shape[1]! : attrs.int("q_num_heads", 0);
  const own = attrs.int("kv_num_heads", heads);
  const q = byHead(node, input, heads, "the query");
  const k = repeated(node, byHead(node, node.tensor(1), own, "the key"), heads);
  const v = repeated(node, byHead(node, node.tensor(2), own, "the value"), heads);
  const scale = attrs.float("scale", 1 / Math.sqrt(q.shape[3]!));
  const scores = q.mul(scale).matmul(k.transpose([0, 1, 3, 2]));
  const cap = attrs.float("softcap", 0);
  // Versions 23 and 24 cap before the mask.
  const capped = cap === 0 ? scores : scores.div(cap).tanh().mul(cap);
  const bounded = masked(node, capped);
  // A query that may look at nothing gets nothing: without this its row of equal scores would be an average.
  const sees = bounded.max([-1], { keepDims: true }).greater(excluded / 2);
  return joinedHeads(sees.where(bounded.softmax(-1).matmul(v), 0), input.rank);
}

export const attentions: OpRules = { Attention: heavy(attention) };
