/** `@leader/method`: UCPM, SATP and other schedulers, uncertainty estimators and denoisers as a LEADer plugin, and as functions for use from code. */
export { default } from "./plugin.js";
export { ucpmModulator } from "./ucpm/ucpm.js";
export { satpScheduler } from "./schedulers/satp.js";
export { uniformScheduler } from "./schedulers/uniform.js";
export { fromNoiseScheduler } from "./schedulers/from-noise.js";
export { squareRootScheduler } from "./schedulers/square-root.js";
export { karrasScheduler } from "./schedulers/karras.js";
export { timeTravelScheduler } from "./schedulers/time-travel.js";
export { fixedScheduler } from "./schedulers/fixed.js";
export { steinEstimator } from "./uncertainty/stein.js";
export { finiteDifferenceEstimator } from "./uncertainty/finite-difference.js";
export { jvpEstimator } from "./uncertainty/jvp.js";
export { scoreEstimator } from "./uncertainty/score.js";
export { exactEstimator } from "./uncertainty/exact.js";
export { gaussianPrior } from "./denoiser/gaussian.js";
export type { GaussianOptions } from "./denoiser/gaussian.js";
export { onnxNetwork } from "./denoiser/onnx-network.js";
export type { NetworkOptions } from "./denoiser/onnx-network.js";
