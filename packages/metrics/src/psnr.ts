import type { Metric, PixelOptions } from "./metric.js";
import { planesOf, requireAlike } from "./planes.js";

/**
 * Peak signal-to-noise ratio in dB: clamped, all channels together, float values, peak 1 on the [0,1] scale (the convention of
 * DDRM and DDNM). Infinite for equal images.
 */
export function psnr(options: PixelOptions = {}): Metric {
  const { colour = "rgb", crop = 0 } = options;
  return {
    identity: { name: "PSNR", version: 1, colour, range: "[0,1] clamped", crop },
    better: "higher",
    unit: "dB",
    digits: 2,
    measure(image, reference) {
      return Promise.resolve().then(() => {
        requireAlike("PSNR", image, reference);
        const [a, b] = [planesOf(image, "PSNR", options), planesOf(reference, "PSNR", options)];
        let sum = 0;
        for (const [c, plane] of a.channels.entries()) for (const [i, value] of plane.entries()) sum += (value - b.channels[c]![i]!) ** 2;
        return -10 * Math.log10(sum / (a.channels.length * a.height * a.width));
      });
    },
  };
}
