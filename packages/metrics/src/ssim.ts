import { errors } from "./error-codes.js";
import type { Metric, PixelOptions } from "./metric.js";
import { planesOf, requireAlike } from "./planes.js";
import { structure, type StructureOptions } from "./structure.js";
import { gaussianTaps, uniformTaps } from "./window.js";

export interface SsimOptions extends PixelOptions {
  /**
   * `uniform-7`: a 7x7 box with the sample covariance, scikit-image's default. `gaussian-11` (default): the 11x11 Gaussian of
   * sigma 1.5 with the population covariance of Wang et al., scikit-image's `gaussian_weights=True, use_sample_covariance=False`.
   */
  readonly window?: SsimWindow;
}

export type SsimWindow = "uniform-7" | "gaussian-11";

const windows: Readonly<Record<SsimWindow, StructureOptions>> = {
  "uniform-7": { taps: uniformTaps(7), covarianceScale: 49 / 48 },
  "gaussian-11": { taps: gaussianTaps(11, 1.5), covarianceScale: 1 },
};

/** Structural similarity, the mean over channels. Equal to scikit-image's `structural_similarity` with `data_range=1`. */
export function ssim(options: SsimOptions = {}): Metric {
  const { colour = "rgb", crop = 0, window = "gaussian-11" } = options;
  const chosen = windows[window];
  return {
    identity: { name: "SSIM", version: 1, colour, range: "[0,1] clamped", crop, variant: window },
    better: "higher",
    unit: "",
    digits: 4,
    measure(image, reference) {
      return Promise.resolve().then(() => {
        requireAlike("SSIM", image, reference);
        const [a, b] = [planesOf(image, "SSIM", options), planesOf(reference, "SSIM", options)];
        const { height, width } = a;
        const least = chosen.taps.length;
        if (Math.min(height, width) < least) throw errors.TOO_SMALL({ metric: "SSIM", least: least + 2 * crop, height, width });
        const each = a.channels.map((data, c) => structure({ data, height, width }, { data: b.channels[c]!, height, width }, chosen).ssim);
        return each.reduce((sum, value) => sum + value, 0) / each.length;
      });
    },
  };
}
