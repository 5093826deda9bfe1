/** `@leader/metrics`: image quality as numbers that know how they were measured. */
export { commonIdentity, identityText } from "./identity.js";
export type { ColourSpace, MetricIdentity, MetricReading, MetricValue } from "./identity.js";
export type { Metric, PixelOptions } from "./metric.js";
export { psnr } from "./psnr.js";
export { ssim } from "./ssim.js";
export type { SsimOptions, SsimWindow } from "./ssim.js";
export { msSsim } from "./ms-ssim.js";
export { residual, residualOf } from "./residual.js";
export { lpipsBackbones } from "./lpips/backbones.js";
export type { LpipsBackbone } from "./lpips/backbones.js";
export { lpipsModel } from "./lpips/model.js";
export { lpips } from "./lpips/lpips.js";
export type { LpipsMetric } from "./lpips/lpips.js";
export { errors as metricErrors } from "./error-codes.js";
