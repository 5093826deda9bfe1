import type { Tensor } from "@leader/core";

/** Weights of a Gaussian window, cut at three standard deviations; their sum is 1. */
export function gaussianWindow(sigma: number): Float32Array {
  const radius = Math.max(1, Math.ceil(3 * sigma));
  const weights = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)));
  const sum = weights.reduce((a, b) => a + b, 0);
  return Float32Array.from(weights, (weight) => weight / sum);
}

/**
 * Smooths maps of one channel, [N,1,H,W], with a separable Gaussian window in pixels; 0 leaves them as they are.
 * Borders repeat the outermost value, so a constant map stays constant.
 */
export function smooth(map: Tensor, sigma: number): Tensor {
  if (sigma === 0) return map;
  const window = gaussianWindow(sigma);
  const radius = (window.length - 1) / 2;
  const along = (axis: 2 | 3, shape: readonly number[]): readonly [readonly number[], Tensor] => [
    [0, 0, axis === 2 ? radius : 0, axis === 3 ? radius : 0],
    map.trace.constant({ shape, dtype: "float32", data: window }),
  ];
  const passes = [along(3, [1, 1, 1, window.length]), along(2, [1, 1, window.length, 1])];
  return passes.reduce((value, [pads, kernel]) => value.pad([...pads, ...pads], "edge").conv(kernel), map);
}
