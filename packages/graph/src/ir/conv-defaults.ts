import type { ConvAttrs } from "./op-attrs.js";

/** A convolution over `spatial` axes with stride 1, without pads, dilations and groups. */
export function convDefaults(spatial: number): ConvAttrs {
  const each = (value: number, count: number): readonly number[] => Array.from({ length: count }, () => value);
  return { strides: each(1, spatial), pads: each(0, 2 * spatial), dilations: each(1, spatial), groups: 1 };
}
