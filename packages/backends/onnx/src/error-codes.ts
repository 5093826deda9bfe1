import { defineErrors } from "@leader/graph";

/** Every error code of `@leader/backend-onnx`; a code is never reused. */
export const errors = defineErrors("LEADER", {
  DEPENDENCY_MISSING: (p: { package: string; reason: string }) => ({
    message: `@leader/backend-onnx cannot load ${p.package}: ${p.reason}`,
    hint: "its native library is an optional dependency: npm install --include=optional. It exists for Linux with glibc, macOS on arm64 and Windows; elsewhere use @leader/backend-tfjs#wasm (leader add tfjs)",
  }),
  ONNXRUNTIME_PROVIDER_UNAVAILABLE: (p: { tried: readonly string[]; hints: readonly string[] }) => ({
    message: `no wanted execution provider of onnxruntime can be used: ${p.tried.join("; ")}`,
    hint: [...p.hints, "or use the stage `@leader/backend-onnx#cpu`"].join("; "),
  }),
  ONNXRUNTIME_SESSION_FAILED: (p: { graph: string; provider: string; problem: string }) => ({
    message: `onnxruntime (${p.provider}) refuses the ${p.graph}: ${p.problem}`,
    hint: "if the graph comes from an ONNX file, check that file; else try the stage `@leader/backend-onnx#cpu` and report the message",
  }),
  ONNXRUNTIME_RUN_FAILED: (p: { graph: string; provider: string; problem: string }) => ({
    message: `onnxruntime (${p.provider}) failed while running the ${p.graph}: ${p.problem}`,
    hint: "if memory ran out, use a smaller image or more memory; else run the stage named in the message on the reference backend",
  }),
});
