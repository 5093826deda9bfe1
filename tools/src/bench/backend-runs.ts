import { readFile } from "node:fs/promises";
import { optimize } from "@leader/graph";
import { readOnnx } from "@leader/graph/onnx";
import { createPipeline } from "leader-restore";
import { makeBackend } from "../conformance/backends.js";
import { photoPrior } from "../photo-pipeline.js";
import { timedRuns, wave } from "./timed-runs.js";

/** One measurement of a backend, in a process of its own: sends a `BackendRun` to the parent. */
export interface BackendRun {
  readonly description: string;
  readonly networkMs: readonly number[];
  readonly restoreSeconds: number;
  readonly evaluations: number;
}

const [name = "", sizeText = "", runsText = "", stepsText = ""] = process.argv.slice(2);
const [size, runs, steps] = [Number(sizeText), Number(runsText), Number(stepsText)];

/** Evaluations of the embedded network, each with the reading of its result. */
async function network(): Promise<{ readonly description: string; readonly networkMs: readonly number[] }> {
  const { graph } = readOnnx(await readFile(photoPrior), { inputShapes: { x: [1, 3, size, size], alpha_bar: [1] } });
  await using backend = await makeBackend(name);
  await using executable = await backend.compile(optimize(graph));
  using x = await backend.upload(wave([1, 3, size, size]));
  using level = await backend.upload({ shape: [1], dtype: "float32", data: Float32Array.of(0.5) });
  const networkMs = await timedRuns(executable, [x, level], runs);
  return { description: backend.description, networkMs };
}

/** A whole restoration: bicubic super-resolution by DDNM, from loading the network to the picture. */
async function restoration(): Promise<{ readonly restoreSeconds: number; readonly evaluations: number }> {
  const [family, stage = family === "onnx" ? "cpu" : "wasm"] = name.split(":");
  const packages = ["@leader/operators", "@leader/baseline-ddnm", "@leader/backend-onnx", "@leader/backend-tfjs"];
  const pipeline = await createPipeline(
    {
      operator: { use: "@leader/operators#super-resolution", with: { method: "bicubic", factor: 4 } },
      denoiser: { use: "leader#onnx-file", with: { path: photoPrior } },
      baseline: { use: "@leader/baseline-ddnm#ddnm" },
      scheduler: { use: "leader#uniform", with: { steps } },
      backend: { use: name === "reference" ? "leader#reference" : `@leader/backend-${family!}#${stage}` },
    },
    { bundled: Object.fromEntries(packages.map((item) => [item, { url: import.meta.resolve(item) }])) },
  );
  const y = await pipeline.degrade(wave([1, 3, size, size]), { seed: 0 });
  await using session = await pipeline.open({ isolate: false });
  const { seconds, evaluations } = await session.restore(y, { seed: 0 }).result;
  return { restoreSeconds: seconds.load + seconds.compile + seconds.sampling, evaluations };
}

const result: BackendRun = { ...(await network()), ...(await restoration()) };
process.send?.(result, () => process.exit());
