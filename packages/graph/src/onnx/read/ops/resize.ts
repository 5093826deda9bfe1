/** Interpolation to another size. */
import { normalizeAxis } from "../../../ir/shape.js";
import type { ResizeAttrs } from "../../../ir/op-attrs.js";
import type { Tensor } from "../../../ir/tensor.js";
import { heavy, type NodeContext, type OpRules } from "../node-context.js";

type Shape = readonly number[];

/** Values for all axes from values for some. */
function spread(node: NodeContext, values: Shape, rank: number, rest: (axis: number) => number): number[] {
  const axes = (node.attrs.ints("axes") ?? Array.from({ length: rank }, (_, i) => i)).map((axis) => normalizeAxis("Resize", axis, rank));
  if (axes.length !== values.length) throw node.invalid(`${values.length} sizes or scales for ${axes.length} axes`);
  const all = Array.from({ length: rank }, (_, i) => rest(i));
  axes.forEach((axis, i) => (all[axis] = values[i]!));
  return all;
}

const statedInput = (node: NodeContext, index: number, role: string): Shape | undefined => {
  if (!node.has(index)) return undefined;
  const values = node.ints(index, role);
  return values.length === 0 ? undefined : values;
};

/** Output shape and scales. Scales given: size floor(n s). Sizes given: scale size / n, or one scale for all axes that keeps the aspect. */
function target(node: NodeContext, shape: Shape): Pick<ResizeAttrs, "shape" | "scales"> {
  const at = node.op === "Upsample" || node.opset < 11 ? 1 : 2;
  const scales = node.attrs.floats("scales") ?? statedInput(node, at, "scales");
  if (scales !== undefined) {
    const all = spread(node, scales, shape.length, () => 1);
    return { shape: shape.map((n, i) => Math.floor(n * all[i]!)), scales: all };
  }
  const sizes = statedInput(node, 3, "sizes");
  if (sizes === undefined) throw node.invalid("neither scales nor sizes are given");
  const policy = node.attrs.string("keep_aspect_ratio_policy", "stretch");
  const wanted = spread(node, sizes, shape.length, (axis) => shape[axis]!);
  if (policy === "stretch") return { shape: wanted, scales: wanted.map((n, i) => n / shape[i]!) };
  if (policy !== "not_larger" && policy !== "not_smaller") throw node.unsupported(`keep_aspect_ratio_policy ${policy}`);
  const axes = (node.attrs.ints("axes") ?? shape.map((_, i) => i)).map((axis) => normalizeAxis("Resize", axis, shape.length));
  const ratios = axes.map((axis) => wanted[axis]! / shape[axis]!);
  const scale = policy === "not_larger" ? Math.min(...ratios) : Math.max(...ratios);
  return {
    shape: shape.map((n, i) => (axes.includes(i) ? Math.floor(n * scale + 0.5) : n)),
    scales: shape.map((_, i) => (axes.includes(i) ? scale : 1)),
  };
}

function resize(node: NodeContext): Tensor {
  const x = node.tensor(0);
  const { shape, scales } = target(node, x.shape);
  // Version 10 and Upsample know only this mapping.
  const old = node.op === "Upsample" || node.opset < 11;
  const attrs: ResizeAttrs = {
    shape,
    scales,
    mode: node.choice("mode", ["nearest", "linear", "cubic"], "nearest"),
    coordinates: old
      ? "asymmetric"
      : node.choice(
          "coordinate_transformation_mode",
          ["half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric"],
          "half_pixel",
        ),
    nearest: old
      ? "floor"
      : node.choice("nearest_mode", ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"], "round_prefer_floor"),
    cubicCoefficient: node.attrs.float("cubic_coeff_a", -0.75),
    excludeOutside: node.attrs.flag("exclude_outside"),
    antialias: node.attrs.flag("antialias"),
  };
  return x.cast("float32").resize(attrs).cast(x.dtype);
}

export const resizes: OpRules = { Resize: heavy(resize), Upsample: heavy(resize) };
