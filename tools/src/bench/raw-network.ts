import { readFile } from "node:fs/promises";
import { photoPriorUrl } from "@leader/prior-photo";

/**
 * Bare evaluations of the network file by onnxruntime, in a process of their own: the yardstick of the overhead
 * benchmark. Sends the milliseconds of each run, and those of one on all processors, to the parent.
 */
const size = Number(process.argv[2]);
const runs = Number(process.argv[3]);
const threads = Number(process.argv[4]);
const { InferenceSession, Tensor } = await import("onnxruntime-node");
// The same options as the backend's defaults.
const session = await InferenceSession.create(await readFile(photoPriorUrl), {
  executionProviders: ["cpu"],
  intraOpNumThreads: threads,
  graphOptimizationLevel: "all",
  logSeverityLevel: 3,
});
const x = new Tensor(
  "float32",
  Float32Array.from({ length: 3 * size * size }, (_, i) => Math.sin(i * 12.9898) * 1.2),
  [1, 3, size, size],
);
const alphaBar = new Tensor("float32", Float32Array.of(0.5), [1]);
const milliseconds: number[] = [];
// The first run of a session allocates its memory.
let before = process.cpuUsage();
for (let i = 0; i <= runs; i++) {
  const start = performance.now();
  await session.run({ x, alpha_bar: alphaBar });
  if (i > 0) milliseconds.push(performance.now() - start);
  else before = process.cpuUsage();
}
const { user, system } = process.cpuUsage(before);
process.send?.({ milliseconds, processorMilliseconds: (user + system) / 1000 / runs }, () => process.exit());
