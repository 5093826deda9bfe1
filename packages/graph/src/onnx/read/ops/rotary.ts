/** Rotary position embedding of opset 23. */
import type { Tensor } from "../../../ir/tensor.js";
import { extents, hasRank } from "../../../ir/shape.js";
import { heavy, type NodeContext, type OpRules } from "../node-context.js";

/** [batch, length, heads, d], from [batch, heads, length, d] or [batch, length, heads * d]. */
function byPosition(node: NodeContext, x: Tensor): Tensor {
  if (hasRank(x.shape, 4)) return x.transpose([0, 2, 1, 3]);
  const [batch, length, hidden] = extents(x.shape, 3);
  const heads = node.attrs.int("num_heads", 0);
  if (heads < 1 || hidden % heads !== 0) throw node.invalid(`the input [${x.shape.join(",")}] does not split into ${heads} heads`);
  return x.reshape([batch, length, heads, hidden / heads]);
}

/** [batch, length, 1, half]: a row of the cache for each position, or what the file lists for each position itself. */
function angles(node: NodeContext, cache: Tensor, [batch, length]: readonly number[], half: number): Tensor {
  const positions = node.optionalTensor(3);
  const rows = positions === undefined ? cache : cache.gather(positions, 0);
  const stated = rows.shape.join(",");
  if (!hasRank(rows.shape, 3) || rows.shape[2] < half)
    throw node.invalid(`the cache [${stated}] does not hold ${half} angles per position`);
  return rows.sliceAxis(-1, 0, half).reshape([rows.shape[0], rows.shape[1], 1, half]).expand([batch!, length!, 1, half]);
}

const apart = (x: Tensor): Tensor => x.reshape([...x.shape, 1]);

function rotaryEmbedding(node: NodeContext): Tensor {
  const input = node.tensor(0);
  const x = byPosition(node, input);
  const [batch, length, heads, d] = extents(x.shape, 4);
  const stated = node.attrs.int("rotary_embedding_dim", 0);
  const rotated = stated === 0 ? d : stated;
  const half = rotated / 2;
  if (!Number.isInteger(half) || rotated > d) throw node.invalid(`${rotated} of ${d} components cannot be rotated in pairs`);
  const [cos, sin] = [1, 2].map((i) => angles(node, node.tensor(i), x.shape, half));
  const turned = x.sliceAxis(-1, 0, rotated);
  // A pair is two neighbours, or one of the first half with one of the second.
  const interleaved = node.attrs.flag("interleaved");
  const pairs = interleaved
    ? turned.reshape([batch, length, heads, half, 2])
    : turned.reshape([batch, length, heads, 2, half]).transpose([0, 1, 2, 4, 3]);
  const [first, second] = [0, 1].map((i) => pairs.sliceAxis(-1, i, i + 1).reshape([batch, length, heads, half]));
  const [real, imaginary] = [first!.mul(cos!).sub(second!.mul(sin!)), first!.mul(sin!).add(second!.mul(cos!))];
  const paired = interleaved
    ? apart(real)
        .concat([apart(imaginary)], 4)
        .reshape(turned.shape)
    : real.concat([imaginary], 3);
  const y = rotated === d ? paired : paired.concat([x.sliceAxis(-1, rotated, d)], 3);
  return hasRank(input.shape, 4) ? y.transpose([0, 2, 1, 3]) : y.reshape(input.shape);
}

export const rotaries: OpRules = { RotaryEmbedding: heavy(rotaryEmbedding) };
