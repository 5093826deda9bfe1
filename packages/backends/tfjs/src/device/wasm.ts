import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { dirname, join, sep } from "node:path";
import type { Tfjs } from "../tfjs.js";
import type { Registered } from "./registered.js";
import { halvesOnHost } from "./half-weights.js";
import { startWithThreads } from "./wasm-threads.js";

/** Workers that the binary of @tensorflow/tfjs-backend-wasm starts; more threads than that would wait for ever. */
const workers = 8;

/** WebAssembly with one thread for each processor. */
export async function registerWasm(tf: Tfjs): Promise<Registered> {
  const { setWasmPaths, setThreadsCount } = await import("@tensorflow/tfjs-backend-wasm");
  const folder = join(dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm/package.json")), "dist");
  setWasmPaths(folder + sep);
  const simd = (await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT")) === true;
  // The threaded binary has SIMD too.
  const threads = simd ? Math.min(workers, availableParallelism()) : 1;
  const one = {
    backend: "wasm",
    traits: { fourier: false, batchedProducts: false, scalesFilters: false, halfWeights: halvesOnHost(tf, false), sharesMemory: true },
  };
  // TensorFlow.js takes Node for a browser without threads.
  await tf.env().getAsync("WASM_HAS_MULTITHREAD_SUPPORT");
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", threads > 1);
  if (threads === 1) return { ...one, description: `wasm, ${simd ? "SIMD" : "no SIMD"}, 1 thread` };
  setThreadsCount(threads);
  return { ...one, description: `wasm, SIMD, ${threads} threads`, start: (setBackend) => startWithThreads(threads, setBackend) };
}
