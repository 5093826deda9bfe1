import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createOnnxBackend } from "@leader/backend-onnx";
import { lpips, type LpipsMetric } from "@leader/metrics";

/** Where `leader import-lpips` writes the network in this repository. */
export const perceptualNetwork = fileURLToPath(new URL("../../out/weights/lpips-alex.onnx", import.meta.url));

/** LPIPS on one thread of the processor, or `undefined` where its network was not imported. The caller disposes of it. */
export async function perceptualMetric(): Promise<LpipsMetric | undefined> {
  if (!existsSync(perceptualNetwork)) return undefined;
  const backend = await createOnnxBackend(
    { prefer: ["cpu"], threads: 1, graphOptimization: "all", memoryArena: true, spinning: "during-run" },
    { warn: (_, message) => void process.stderr.write(`${message}\n`) },
  );
  return lpips(readFileSync(perceptualNetwork), perceptualNetwork, backend);
}
