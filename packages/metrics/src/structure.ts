import { windowMean, type Plane, type WindowTaps } from "./window.js";

/** How local statistics are taken. */
export interface StructureOptions {
  readonly taps: WindowTaps;
  /** n / (n - 1) for the sample covariance, 1 for the population's. */
  readonly covarianceScale: number;
}

/** Means over the image of the structural similarity and of its contrast-structure part. */
export interface Structure {
  readonly ssim: number;
  readonly contrast: number;
}

// Wang et al. 2004: K1 = 0.01, K2 = 0.03, here with a data range of 1.
const c1 = 0.01 ** 2;
const c2 = 0.03 ** 2;

/**
 * Structural similarity of two planes in [0,1], averaged where the window lies inside.
 * Wang, Bovik, Sheikh, Simoncelli: Image quality assessment. IEEE TIP 13 (2004), equation 13.
 */
export function structure(a: Plane, b: Plane, { taps, covarianceScale }: StructureOptions): Structure {
  const mean = (f: (x: number, y: number) => number): Float64Array =>
    windowMean({ ...a, data: a.data.map((x, i) => f(x, b.data[i]!)) }, taps).data;
  const [ua, ub, uaa, ubb, uab] = [mean((x) => x), mean((_, y) => y), mean((x) => x * x), mean((_, y) => y * y), mean((x, y) => x * y)];
  let [ssim, contrast] = [0, 0];
  for (let i = 0; i < ua.length; i++) {
    const [ma, mb] = [ua[i]!, ub[i]!];
    const variances = covarianceScale * (uaa[i]! - ma * ma + ubb[i]! - mb * mb);
    const covariance = covarianceScale * (uab[i]! - ma * mb);
    const local = (2 * covariance + c2) / (variances + c2);
    contrast += local;
    ssim += (local * (2 * ma * mb + c1)) / (ma * ma + mb * mb + c1);
  }
  return { ssim: ssim / ua.length, contrast: contrast / ua.length };
}
