/** Rotary position embedding of opset 23. */
import type { Tensor } from "../../../ir/tensor.js";
import { extents, hasRank } from "../../../ir/shape.js";
import { heavy, type NodeContext, type OpRules } from "../node-context.js";
import { byHead, joinedHeads } from "./attention.js";

/** [batch, 1, length, half]: a row of the cache for each position, or what the file lists for each position itself. */
function angles(node: NodeContext, cache: Tensor, half: number): Tensor {
  const positions = node.optionalTensor(3);
  const rows = positions === undefined ? cache : cache.gather(positions, 0);
  const { shape } = rows;
  if (!hasRank(shape, 3) || shape[2] < half) throw node.invalid(`the cache [${shape.join(",")}] does not hold ${half} angles per position`);
  return rows.sliceAxis(-1, 0, half).reshape([shape[0], 1, shape[1], half]);
}

const apart = (x: Tensor): Tensor => x.reshape([...x.shape, 1]);

function rotaryEmbedding(node: NodeContext): Tensor {
  const input = node.tensor(0);
  const x = byHead(node, input, node.attrs.int("num_heads", 0), "the input");
  const [batch, heads, length, d] = extents(x.shape, 4);
  const stated = node.attrs.int("rotary_embedding_dim", 0);
  const rotated = stated === 0 ? d : stated;
  const half = rotated / 2;
  if (!Number.isInteger(half) || rotated > d) throw node.invalid(`${rotated} of ${d} components cannot be rotated in pairs`);
  const [cos, sin] = [angles(node, node.tensor(1), half), angles(node, node.tensor(2), half)];
  const turned = x.sliceAxis(-1, 0, rotated);
  // A pair is two neighbours, or one of the first half with one of the second.
  const interleaved = node.attrs.flag("interleaved");
  const pairs = interleaved
    ? turned.reshape([batch, heads, length, half, 2])
    : turned.reshape([batch, heads, length, 2, half]).transpose([0, 1, 2, 4, 3]);
  const part = (i: number): Tensor => pairs.sliceAxis(-1, i, i + 1).reshape([batch, heads, length, half]);
  const [first, second] = [part(0), part(1)];
  const [real, imaginary] = [first.mul(cos).sub(second.mul(sin)), first.mul(sin).add(second.mul(cos))];
  const paired = interleaved
    ? apart(real)
        .concat([apart(imaginary)], 4)
        .reshape(turned.shape)
    : real.concat([imaginary], 3);
  const y = rotated === d ? paired : paired.concat([x.sliceAxis(-1, rotated, d)], 3);
  return joinedHeads(y, input.rank);
}

export const rotaries: OpRules = { RotaryEmbedding: heavy(rotaryEmbedding) };
