/** Movement: reshaping, reordering, cutting and joining. */
import { broadcastShapes, hasRank, normalizeAxes, normalizeAxis, sizeOf } from "../../../ir/shape.js";
import type { OpAttrs } from "../../../ir/op-attrs.js";
import { concat, expand, reshape, slice, sliceAxis, transpose } from "../movement.js";
import { rule, type NodeContext, type OpRules, type Value } from "../node-context.js";

type Shape = readonly number[];

const rankOf = (node: NodeContext): number => node.input(0).shape.length;

/** An attribute in old versions, an operand in later ones. */
function attributeOrInput(node: NodeContext, name: string, index: number): Shape | undefined {
  return node.attrs.ints(name) ?? (node.has(index) ? node.ints(index, name) : undefined);
}

function reshapeNode(node: NodeContext): Value {
  const x = node.input(0);
  const stated = attributeOrInput(node, "shape", 1);
  if (stated === undefined) throw node.invalid("the shape is missing");
  const copied = stated.map((n, i) => (n === 0 && !node.attrs.flag("allowzero") ? (x.shape[i] ?? NaN) : n));
  const known = sizeOf(copied.filter((n) => n !== -1));
  const open = copied.filter((n) => n === -1).length;
  const size = sizeOf(x.shape);
  if (open > 1 || copied.some((n) => !(n >= -1)) || (open === 1 && size % known !== 0)) {
    throw node.invalid(`[${x.shape.join(",")}] does not reshape to [${stated.join(",")}]`);
  }
  return reshape(
    node,
    x,
    copied.map((n) => (n === -1 ? size / known : n)),
  );
}

function flatten(node: NodeContext): Value {
  const x = node.input(0);
  const stated = node.attrs.int("axis", 1);
  const axis = stated === x.shape.length ? stated : normalizeAxis("Flatten", stated, x.shape.length);
  return reshape(node, x, [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))]);
}

function squeeze(node: NodeContext): Value {
  const x = node.input(0);
  const stated = attributeOrInput(node, "axes", 1);
  const axes = stated === undefined ? x.shape.flatMap((n, i) => (n === 1 ? [i] : [])) : normalizeAxes("Squeeze", stated, x.shape.length);
  const wide = axes.find((axis) => x.shape[axis] !== 1);
  if (wide !== undefined) throw node.invalid(`axis ${wide} of [${x.shape.join(",")}] is not of size 1`);
  return reshape(
    node,
    x,
    x.shape.filter((_, i) => !axes.includes(i)),
  );
}

function unsqueeze(node: NodeContext): Value {
  const x = node.input(0);
  const stated = attributeOrInput(node, "axes", 1);
  if (stated === undefined) throw node.invalid("the axes are missing");
  const axes = normalizeAxes("Unsqueeze", stated, x.shape.length + stated.length);
  const old = [...x.shape];
  return reshape(
    node,
    x,
    Array.from({ length: old.length + axes.length }, (_, i) => (axes.includes(i) ? 1 : old.shift()!)),
  );
}

function transposeNode(node: NodeContext): Value {
  const x = node.input(0);
  return transpose(node, x, node.attrs.ints("perm") ?? x.shape.map((_, i) => x.shape.length - 1 - i));
}

function expandNode(node: NodeContext): Value {
  const x = node.input(0);
  return expand(node, x, broadcastShapes("Expand", x.shape, node.ints(1, "the shape")));
}

/** Repeats by broadcasting over an inserted axis. */
function tile(node: NodeContext): Value {
  const x = node.input(0);
  const repeats = node.ints(1, "repeats");
  if (repeats.length !== x.shape.length || repeats.some((n) => n < 0))
    throw node.invalid(`repeats [${repeats.join(",")}] do not fit [${x.shape.join(",")}]`);
  const split = reshape(
    node,
    x,
    x.shape.flatMap((n) => [1, n]),
  );
  const wide = expand(
    node,
    split,
    x.shape.flatMap((n, i) => [repeats[i]!, n]),
  );
  return reshape(
    node,
    wide,
    x.shape.map((n, i) => n * repeats[i]!),
  );
}

/** Start, end and step of one axis as the graph language wants them: inside the axis, -1 as the end of a full reverse. */
function clampRange(start: number, end: number, step: number, n: number): [number, number] {
  const from = start < 0 ? start + n : start;
  const to = end < 0 ? end + n : end;
  const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
  return step > 0 ? [clamp(from, 0, n), clamp(to, 0, n)] : [clamp(from, -1, n - 1), clamp(to, -1, n - 1)];
}

function sliceNode(node: NodeContext): Value {
  const x = node.input(0);
  const starts = attributeOrInput(node, "starts", 1);
  const ends = attributeOrInput(node, "ends", 2);
  if (starts === undefined || ends === undefined) throw node.invalid("starts or ends are missing");
  const axes = (attributeOrInput(node, "axes", 3) ?? starts.map((_, i) => i)).map((axis) => normalizeAxis("Slice", axis, x.shape.length));
  const steps = (node.has(4) ? node.ints(4, "steps") : undefined) ?? starts.map(() => 1);
  if ([ends, axes, steps].some((list) => list.length !== starts.length))
    throw node.invalid("starts, ends, axes and steps differ in length");
  if (steps.some((step) => step === 0)) throw node.invalid("a step is 0");
  const from = x.shape.map(() => 0);
  const to = [...x.shape];
  const by = x.shape.map(() => 1);
  axes.forEach((axis, i) => {
    // Steps beyond the axis reach one element, as any step of its length does.
    const step = Math.max(-x.shape[axis]! - 1, Math.min(x.shape[axis]! + 1, steps[i]!));
    [from[axis], to[axis]] = clampRange(starts[i]!, ends[i]!, step, x.shape[axis]!);
    by[axis] = step;
  });
  return slice(node, x, from, to, by);
}

function split(node: NodeContext): readonly Value[] {
  const x = node.input(0);
  const axis = normalizeAxis("Split", node.attrs.int("axis", 0), x.shape.length);
  const size = x.shape[axis]!;
  const count = node.attrs.int("num_outputs", node.outputs.length);
  if (count < 1 || count !== node.outputs.length) throw node.invalid(`num_outputs is ${count}, but the node names ${node.outputs.length}`);
  // The last part is the smaller one where the axis does not divide.
  const even = Array.from({ length: count }, (_, i) => Math.max(0, Math.min(Math.ceil(size / count), size - i * Math.ceil(size / count))));
  const parts = attributeOrInput(node, "split", 1) ?? even;
  if (parts.reduce((a, b) => a + b, 0) !== size || parts.some((n) => n < 0))
    throw node.invalid(`parts [${parts.join(",")}] do not add up to ${size}`);
  const ends = parts.map((_, i) => parts.slice(0, i + 1).reduce((a, b) => a + b, 0));
  return parts.map((n, i) => sliceAxis(node, x, axis, ends[i]! - n, ends[i]!));
}

function concatNode(node: NodeContext): Value {
  return concat(
    node,
    node.inputs.map((_, i) => node.input(i)),
    normalizeAxis("Concat", node.attrs.int("axis", 1), rankOf(node)),
  );
}

const padModes: readonly OpAttrs["Pad"]["mode"][] = ["constant", "reflect", "edge", "wrap"];

/** Pads of all axes, begins then ends; the file may state them for some axes only. */
function padsOf(node: NodeContext, rank: number): Shape {
  const stated = node.attrs.ints("pads") ?? node.attrs.ints("paddings") ?? node.ints(1, "pads");
  const axes = (node.has(3) ? node.ints(3, "axes") : Array.from({ length: rank }, (_, i) => i)).map((axis) =>
    normalizeAxis("Pad", axis, rank),
  );
  if (stated.length !== 2 * axes.length) throw node.invalid(`${stated.length} pads for ${axes.length} axes`);
  const pads = new Array<number>(2 * rank).fill(0);
  axes.forEach((axis, i) => {
    pads[axis] = stated[i]!;
    pads[axis + rank] = stated[i + axes.length]!;
  });
  return pads;
}

function pad(node: NodeContext): Value {
  const x = node.input(0);
  const rank = x.shape.length;
  const pads = padsOf(node, rank);
  const mode = padModes.find((m) => m === node.attrs.string("mode", "constant"));
  if (mode === undefined) throw node.unsupported(`mode ${node.attrs.string("mode", "")}`);
  const value = node.opset < 11 ? node.attrs.float("value", 0) : node.has(2) ? node.number(2, "the fill value") : 0;
  if (x.shape.some((n, i) => n + pads[i]! + pads[i + rank]! < 0))
    throw node.invalid(`pads [${pads.join(",")}] take away more than there is`);
  const cut = slice(
    node,
    x,
    x.shape.map((n, i) => Math.min(n, Math.max(0, -pads[i]!))),
    x.shape.map((n, i) => Math.max(0, n - Math.max(0, -pads[i + rank]!))),
    x.shape.map(() => 1),
  );
  return node.lift(cut).pad(
    pads.map((n) => Math.max(0, n)),
    mode,
    value,
  );
}

/** Blocks of channels to blocks of pixels. DCR: the block index is the slow part of the channel; CRD: the fast part (PixelShuffle). */
function depthToSpace(node: NodeContext): Value {
  const x = node.tensor(0);
  const b = node.attrs.int("blocksize", 0);
  const [n, c, h, w] = imageShape(node);
  if (b < 1 || c % (b * b) !== 0) throw node.invalid(`${c} channels do not split into blocks of ${b} x ${b}`);
  const depth = c / (b * b);
  const rearranged =
    node.attrs.string("mode", "DCR") === "CRD"
      ? x.reshape([n, depth, b, b, h, w]).transpose([0, 1, 4, 2, 5, 3])
      : x.reshape([n, b, b, depth, h, w]).transpose([0, 3, 4, 1, 5, 2]);
  return rearranged.reshape([n, depth, h * b, w * b]);
}

function spaceToDepth(node: NodeContext): Value {
  const b = node.attrs.int("blocksize", 0);
  const [n, c, h, w] = imageShape(node);
  if (b < 1 || h % b !== 0 || w % b !== 0) throw node.invalid(`${h} x ${w} pixels do not split into blocks of ${b} x ${b}`);
  return node
    .tensor(0)
    .reshape([n, c, h / b, b, w / b, b])
    .transpose([0, 3, 5, 1, 2, 4])
    .reshape([n, c * b * b, h / b, w / b]);
}

function imageShape(node: NodeContext): readonly [number, number, number, number] {
  const { shape } = node.input(0);
  if (!hasRank(shape, 4)) throw node.invalid(`[${shape.join(",")}] is not [N,C,H,W]`);
  return shape;
}

export const movement: OpRules = {
  Reshape: rule(reshapeNode),
  Flatten: rule(flatten),
  Squeeze: rule(squeeze),
  Unsqueeze: rule(unsqueeze),
  Transpose: rule(transposeNode),
  Expand: rule(expandNode),
  Tile: rule(tile),
  Slice: rule(sliceNode),
  Split: rule(split),
  Concat: rule(concatNode),
  Pad: rule(pad),
  DepthToSpace: rule(depthToSpace),
  SpaceToDepth: rule(spaceToDepth),
};
