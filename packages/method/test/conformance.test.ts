import { describeDenoiser, describeModulator, describeUncertainty } from "@leader/core/testing";
import { gaussian } from "../src/denoiser/gaussian.js";
import { ucpm } from "../src/ucpm/ucpm.js";
import { exact } from "../src/uncertainty/exact.js";
import { finiteDifference } from "../src/uncertainty/finite-difference.js";
import { jvp } from "../src/uncertainty/jvp.js";
import { score } from "../src/uncertainty/score.js";
import { stein } from "../src/uncertainty/stein.js";

// Our own stages under the suites that a third party's run.
describeDenoiser("gaussian", gaussian);
describeDenoiser("gaussian, independent pixels", gaussian, { options: { decay: 0, deviation: 0.4 }, image: [1, 1, 6, 6] });

describeUncertainty("stein", stein);
describeUncertainty("finite-difference", finiteDifference);
describeUncertainty("jvp", jvp);
describeUncertainty("jvp, every third step", jvp, { options: { every: 3, probes: 2 } });
// Right on average over states only.
describeUncertainty("score", score, { within: null });
describeUncertainty("exact", exact, { within: 1e-5 });

describeModulator("ucpm", ucpm, { unchangedWhenCertain: true });
describeModulator("ucpm, tikhonov by conjugate gradients", ucpm, {
  options: { phi: "tikhonov", hessian: "cg" },
  unchangedWhenCertain: true,
});
