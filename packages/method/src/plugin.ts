import { API_VERSION, definePlugin } from "@leader/core";
import { reference } from "./backend/reference.js";
import { gaussian } from "./denoiser/gaussian.js";
import { onnxFile } from "./denoiser/onnx-file.js";
import { fixed } from "./satp/fixed.js";
import { karras } from "./satp/karras.js";
import { satp } from "./satp/satp.js";
import { squareRoot } from "./satp/square-root.js";
import { timeTravel } from "./satp/time-travel.js";
import { uniform } from "./satp/uniform.js";
import { ucpm } from "./ucpm/ucpm.js";
import { exact } from "./uncertainty/exact.js";
import { finiteDifference } from "./uncertainty/finite-difference.js";
import { jvp } from "./uncertainty/jvp.js";
import { score } from "./uncertainty/score.js";
import { stein } from "./uncertainty/stein.js";

/** The stages that `leader` brings along, by the contract that every plugin has. */
export default definePlugin({
  apiVersion: API_VERSION,
  name: "leader",
  version: "0.1.0",
  stages: {
    "onnx-file": onnxFile,
    gaussian,
    ucpm,
    satp,
    uniform,
    "square-root": squareRoot,
    karras,
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
