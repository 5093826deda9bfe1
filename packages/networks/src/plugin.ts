import { definePlugin } from "@leader/core";
import { checkpoint } from "./denoiser/checkpoint.js";

/** The plugin `@leader/networks`: published networks as denoisers. */
export default definePlugin({
  apiVersion: "1.0",
  name: "@leader/networks",
  version: "0.1.0",
  stages: { checkpoint },
});
