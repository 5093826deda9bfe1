import { errors } from "./error-codes.js";
import type { Metric, PixelOptions } from "./metric.js";
import { planesOf, requireAlike } from "./planes.js";
import { structure } from "./structure.js";
import { gaussianTaps, type Plane } from "./window.js";

/** Exponents of the five scales, finest first. */
const weights = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333] as const;
const taps = gaussianTaps(11, 1.5);
/** The coarsest scale must still hold a window. */
const least = taps.length * 2 ** (weights.length - 1);

/**
 * Multi-scale structural similarity, the mean over channels: 11x11 Gaussian windows at five scales, halved by 2x2 means; negative
 * contrast terms count as 0. Wang, Simoncelli, Bovik: Multi-scale structural similarity. Asilomar 2003, equation 7.
 */
export function msSsim(options: PixelOptions = {}): Metric {
  const { colour = "rgb", crop = 0 } = options;
  return {
    identity: { name: "MS-SSIM", version: 1, colour, range: "[0,1] clamped", crop, variant: "gaussian-11, 5 scales" },
    better: "higher",
    unit: "",
    digits: 4,
    measure(image, reference) {
      return Promise.resolve().then(() => {
        requireAlike("MS-SSIM", image, reference);
        const [a, b] = [planesOf(image, "MS-SSIM", options), planesOf(reference, "MS-SSIM", options)];
        const { height, width } = a;
        if (Math.min(height, width) < least) throw errors.TOO_SMALL({ metric: "MS-SSIM", least: least + 2 * crop, height, width });
        const each = a.channels.map((data, c) => multiScale({ data, height, width }, { data: b.channels[c]!, height, width }));
        return each.reduce((sum, value) => sum + value, 0) / each.length;
      });
    },
  };
}

function multiScale(a: Plane, b: Plane): number {
  let [x, y, product] = [a, b, 1];
  for (const [scale, weight] of weights.entries()) {
    const { ssim, contrast } = structure(x, y, { taps, covarianceScale: 1 });
    product *= Math.max(0, scale === weights.length - 1 ? ssim : contrast) ** weight;
    [x, y] = [halved(x), halved(y)];
  }
  return product;
}

/** Means of 2x2 blocks; an odd last row or column is left out. */
function halved({ data, height, width }: Plane): Plane {
  const [rows, columns] = [Math.floor(height / 2), Math.floor(width / 2)];
  const out = new Float64Array(rows * columns);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const at = 2 * y * width + 2 * x;
      out[y * columns + x] = (data[at]! + data[at + 1]! + data[at + width]! + data[at + width + 1]!) / 4;
    }
  }
  return { data: out, height: rows, width: columns };
}
