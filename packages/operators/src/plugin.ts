import { API_VERSION, definePlugin } from "@leader/core";
import { anisotropicBlur } from "./anisotropic-blur/anisotropic-blur.js";
import { blockCompressedSensing } from "./block-compressed-sensing/block-compressed-sensing.js";
import { colorization } from "./colorization/colorization.js";
import { denoising } from "./denoising/denoising.js";
import { gaussianBlur } from "./gaussian-blur/gaussian-blur.js";
import { inpainting } from "./inpainting/inpainting.js";
import { motionBlur } from "./motion-blur/motion-blur.js";
import { superResolution } from "./super-resolution/super-resolution.js";
import { uniformBlur } from "./uniform-blur/uniform-blur.js";
import { VERSION } from "./version.js";
import { walshHadamard } from "./walsh-hadamard/walsh-hadamard.js";

/** The degradations of LEADer, for pictures of any size and shape. */
export default definePlugin({
  apiVersion: API_VERSION,
  name: "@leader/operators",
  version: VERSION,
  stages: {
    denoising,
    inpainting,
    "super-resolution": superResolution,
    "gaussian-blur": gaussianBlur,
    "uniform-blur": uniformBlur,
    "anisotropic-blur": anisotropicBlur,
    "motion-blur": motionBlur,
    colorization,
    "walsh-hadamard": walshHadamard,
    "block-compressed-sensing": blockCompressedSensing,
  },
});
