/** Values of an image between its pixels, at places that another input lists. */
import { imageExtents, sizeOf, stridesOf } from "../../../ir/shape.js";
import type { Tensor } from "../../../ir/tensor.js";
import { heavy, type NodeContext, type OpRules } from "../node-context.js";

const paddings = ["zeros", "border", "reflection"] as const;
type Padding = (typeof paddings)[number];

/** One spatial axis: its size, and where a reflection turns round. */
interface Axis {
  readonly size: number;
  readonly low: number;
  readonly high: number;
}

/** A neighbour along one axis: its index (within the axis), and its weight, 0 where it lies outside and counts as black. */
interface Neighbour {
  readonly index: Tensor;
  readonly weight: Tensor | undefined;
}

/** -1 and 1 are the centres of the outer pixels, or their outer edges. */
const inPixels = (x: Tensor, size: number, alignCorners: boolean): Tensor =>
  alignCorners
    ? x
        .add(1)
        .div(2)
        .mul(size - 1)
    : x.add(1).mul(size).sub(1).div(2);

/** Folds a coordinate back as often as it takes: a triangle wave between `low` and `high`. */
function reflected(x: Tensor, { low, high }: Axis): Tensor {
  const range = high - low;
  if (range === 0) return x.mul(0);
  const turns = x.sub(low).div(2 * range);
  const phase = turns.sub(turns.floor()).mul(2 * range);
  return phase
    .sub(range)
    .abs()
    .neg()
    .add(low + range);
}

/** A coordinate before neighbours are looked for. */
function bounded(x: Tensor, axis: Axis, padding: Padding): Tensor {
  if (padding === "border") return x.clip(0, axis.size - 1);
  return padding === "reflection" ? reflected(x, axis) : x;
}

/** The pixel at a whole coordinate. */
function neighbour(at: Tensor, weight: Tensor | undefined, axis: Axis, padding: Padding): Neighbour {
  const last = axis.size - 1;
  if (padding !== "zeros") {
    const inside = padding === "border" ? at : reflected(at, axis).round();
    return { index: inside.clip(0, last).cast("int32"), weight };
  }
  const visible = at.greaterOrEqual(0).and(at.lessOrEqual(last));
  // What is not a number lies outside too.
  const index = visible.where(at, 0).cast("int32");
  return { index, weight: visible.where(weight ?? at.mul(0).add(1), 0) };
}

/** Keys' cubic convolution at distances 0 to 1 and 1 to 2, with the standard's a = -0.75. */
const inner = (t: Tensor): Tensor => t.mul(1.25).sub(2.25).mul(t.square()).add(1);
const outer = (t: Tensor): Tensor => t.mul(-0.75).add(3.75).mul(t).sub(6).mul(t).add(3);

const neighboursOf: Readonly<Record<"nearest" | "linear" | "cubic", (x: Tensor) => readonly (readonly [Tensor, Tensor | undefined])[]>> = {
  nearest: (x) => [[x.round(), undefined]],
  linear: (x) => {
    const below = x.floor();
    const t = x.sub(below);
    return [
      [below, t.neg().add(1)],
      [below.add(1), t],
    ];
  },
  cubic: (x) => {
    const below = x.floor();
    const t = x.sub(below);
    const rest = t.neg().add(1);
    return [
      [below.sub(1), outer(t.add(1))],
      [below, inner(t)],
      [below.add(1), inner(rest)],
      [below.add(2), outer(rest.add(1))],
    ];
  },
};

/** Opsets 16 to 19 have other names for two of them. */
const modes = ["linear", "nearest", "cubic", "bilinear", "bicubic"] as const;
const renamed = { linear: "linear", nearest: "nearest", cubic: "cubic", bilinear: "linear", bicubic: "cubic" } as const;

/** The neighbours along every axis, as [batch, places]. */
function alongAxes(node: NodeContext, grid: Tensor, sizes: readonly number[]): readonly (readonly Neighbour[])[] {
  const mode = renamed[node.choice("mode", modes, "linear")];
  const alignCorners = node.attrs.flag("align_corners");
  const padding = node.choice("padding_mode", paddings, "zeros");
  const [batch, places] = [grid.shape[0]!, sizeOf(grid.shape.slice(1, -1))];
  return sizes.map((size, i) => {
    const axis: Axis = alignCorners ? { size, low: 0, high: size - 1 } : { size, low: -0.5, high: size - 0.5 };
    // The grid names the last axis first.
    const component = sizes.length - 1 - i;
    const x = grid.sliceAxis(-1, component, component + 1).reshape([batch, places]);
    const exact = inPixels(x, size, alignCorners);
    // The nearest pixel is chosen before an image is continued, as the standard's own formulas do.
    const near = mode === "nearest" ? exact.round() : exact;
    return neighboursOf[mode](bounded(near, axis, padding)).map(([at, weight]) => neighbour(at, weight, axis, padding));
  });
}

/** Every choice of one neighbour per axis: flat index and weight. */
function combined(axes: readonly (readonly Neighbour[])[], strides: readonly number[]): readonly Neighbour[] {
  return axes.reduce<readonly Neighbour[]>(
    (sums, neighbours, i) =>
      neighbours.flatMap(({ index, weight }) => {
        const step = index.mul(strides[i]!);
        return sums.length === 0
          ? [{ index: step, weight }]
          : sums.map((sum) => ({ index: sum.index.add(step), weight: product(sum.weight, weight) }));
      }),
    [],
  );
}

const product = (a: Tensor | undefined, b: Tensor | undefined): Tensor | undefined =>
  a === undefined || b === undefined ? (a ?? b) : a.mul(b);

function gridSample(node: NodeContext): Tensor {
  const [x, grid] = [node.tensor(0), node.tensor(1)];
  const [batch, channels, ...sizes] = imageExtents(x.shape);
  if (sizes.length === 0 || grid.rank !== x.rank || grid.shape.at(-1) !== sizes.length || grid.shape[0] !== batch)
    throw node.invalid(`the grid [${grid.shape.join(",")}] does not fit the input [${x.shape.join(",")}]`);
  const [pixels, places] = [sizeOf(sizes), sizeOf(grid.shape.slice(1, -1))];
  const rows = x
    .cast("float32")
    .reshape([batch, channels, pixels])
    .transpose([0, 2, 1])
    .reshape([batch * pixels, channels]);
  const first = node.builder.constant({
    shape: [batch, 1],
    dtype: "int32",
    data: Int32Array.from({ length: batch }, (_, n) => n * pixels),
  });
  const sampled = combined(alongAxes(node, grid.cast("float32"), sizes), stridesOf(sizes)).map(({ index, weight }) => {
    const values = rows.gather(index.add(first), 0);
    return weight === undefined ? values : values.mul(weight.reshape([batch, places, 1]));
  });
  const [one, ...others] = sampled;
  const sum = others.reduce((total, part) => total.add(part), one!);
  return sum
    .transpose([0, 2, 1])
    .reshape([batch, channels, ...grid.shape.slice(1, -1)])
    .cast(x.dtype);
}

export const gridSamples: OpRules = { GridSample: heavy(gridSample) };
