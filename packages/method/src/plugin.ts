import { API_VERSION, definePlugin } from "@leader/core";
import { reference } from "./backend/reference.js";
import { gaussian } from "./denoiser/gaussian.js";
import { onnxFile } from "./denoiser/onnx-file.js";
import { fixed } from "./schedulers/fixed.js";
import { fromNoise } from "./schedulers/from-noise.js";
import { karras } from "./schedulers/karras.js";
import { satp } from "./schedulers/satp.js";
import { squareRoot } from "./schedulers/square-root.js";
import { timeTravel } from "./schedulers/time-travel.js";
import { uniform } from "./schedulers/uniform.js";
import { ucpm } from "./ucpm/ucpm.js";
import { exact } from "./uncertainty/exact.js";
import { finiteDifference } from "./uncertainty/finite-difference.js";
import { jvp } from "./uncertainty/jvp.js";
import { score } from "./uncertainty/score.js";
import { stein } from "./uncertainty/stein.js";

/** The plugin `@leader/method`, which pipelines call `leader`. */
export default definePlugin({
  apiVersion: API_VERSION,
  name: "@leader/method",
  version: "0.1.0",
  stages: {
    "onnx-file": onnxFile,
    gaussian,
    ucpm,
    satp,
    uniform,
    "square-root": squareRoot,
    karras,
    "from-noise": fromNoise,
    "time-travel": timeTravel,
    fixed,
    stein,
    "finite-difference": finiteDifference,
    jvp,
    score,
    exact,
    reference,
  },
});
