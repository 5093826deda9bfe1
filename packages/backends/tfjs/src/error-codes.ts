import { defineErrors } from "@leader/graph";

/** Every error code of `@leader/backend-tfjs`; a code is never reused. */
export const errors = defineErrors("LEADER", {
  TFJS_DEVICE_UNAVAILABLE: (p: { tried: readonly string[]; hints: readonly string[] }) => ({
    message: `no wanted device of TensorFlow.js can be used: ${p.tried.join("; ")}`,
    hint: [...p.hints, "or use the stage `@leader/backend-tfjs#wasm`"].join("; "),
  }),
  TFJS_COMPILE_FAILED: (p: { graph: string; device: string; problem: string }) => ({
    message: `TensorFlow.js (${p.device}) cannot take the ${p.graph}: ${p.problem}`,
    hint: "if memory ran out, use a smaller image; else try another backend and report the message",
  }),
  TFJS_RUN_FAILED: (p: { graph: string; device: string; node: string; problem: string }) => ({
    message: `TensorFlow.js (${p.device}) failed at ${p.node} of the ${p.graph}: ${p.problem}`,
    hint: "if memory ran out, use a smaller image or another device; else run the pipeline with --debug-reference to see the values",
  }),
});
