import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import type { Tfjs } from "../tfjs.js";
import type { Registered } from "./load.js";

/** WebAssembly; TensorFlow.js uses one thread in Node. */
export async function registerWasm(tf: Tfjs): Promise<Registered> {
  const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
  const folder = join(dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm/package.json")), "dist");
  setWasmPaths(folder + sep);
  const simd = await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT");
  return {
    backend: "wasm",
    description: `wasm, ${simd === true ? "SIMD" : "no SIMD"}, 1 thread`,
    traits: { fourier: false, batchedProducts: false },
  };
}
