import { sizeOf, stridesOf, type HostTensor } from "@leader/graph";
import { arranged, axesIn, type Layout } from "../layout.js";

/** A constant with its elements in the order of a layout; the array itself where nothing moves. */
export function arrangeConstant(value: HostTensor, layout: Layout): HostTensor {
  const axes = axesIn(layout, value.shape.length);
  const shape = arranged(value.shape, layout);
  if (axes.every((axis, i) => axis === i)) return value;
  const strides = stridesOf(value.shape);
  const data = value.data.slice();
  const steps = axes.map((axis) => strides[axis]!);
  const inner = shape.length - 1;
  let at = 0;
  const visit = (axis: number, from: number): void => {
    const [n, step] = [shape[axis]!, steps[axis]!];
    if (axis < inner) for (let i = 0; i < n; i++) visit(axis + 1, from + i * step);
    else for (let i = 0; i < n; i++) data[at++] = value.data[from + i * step]!;
  };
  if (sizeOf(shape) > 0) visit(0, 0);
  return { ...value, shape, data };
}
