import { createOnnxBackend } from "@leader/backend-onnx";
import { proximalMap, type LinearOperator } from "@leader/core";
import { optimize, trace, type Aval } from "@leader/graph";
import operators from "@leader/operators";
import { noisePicture } from "../photo-pipeline.js";
import type { Growth } from "./growth.js";
import { median } from "./statistics.js";

/** One operator at one size, in a process of its own: sends what `growth.ts` asks for. */

/** Options of operators that have no defaults to work with. */
const options: Readonly<Record<string, object>> = {
  inpainting: { random: { fraction: 0.5, seed: 1 } },
  "super-resolution": { factor: 4 },
};
const steps = 5;
const none = (): never => {
  throw new Error("no operator of the bench reads files");
};

async function operatorAt(name: string, image: Aval): Promise<LinearOperator> {
  const stage = Object.hasOwn(operators.stages, name) ? operators.stages[name] : undefined;
  if (stage?.kind !== "operator") throw new Error(`there is no operator ${name}`);
  const checked = await stage.options["~standard"].validate(options[name] ?? {});
  if (checked.issues !== undefined) throw new Error(`options of ${name}: ${checked.issues.map(({ message }) => message).join("; ")}`);
  return (await stage.create(checked.value, { resolvePath: none, readArray: none, warn: () => undefined })).at(image);
}

/** Seconds of this process on all processors. */
const processorSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

async function measure(name: string, size: number): Promise<Growth> {
  const settings = { graphOptimization: "all", memoryArena: true, spinning: "during-run", threads: 1 } as const;
  await using backend = await createOnnxBackend({ ...settings, prefer: ["cpu"] }, { warn: () => undefined });
  const picture = noisePicture(size);
  const image: Aval = { shape: picture.shape, dtype: picture.dtype };
  const start = processorSeconds();
  const operator = await operatorAt(name, image);
  const prox = proximalMap(operator, { iterations: 30 });
  const scalar: Aval = { shape: [], dtype: "float32" };
  const graph = optimize(trace((z, y, rho) => prox(z, y, rho), [image, operator.range, scalar]));
  await using executable = await backend.compile(graph);
  const setupSeconds = processorSeconds() - start;
  using z = await backend.upload(picture);
  using rho = await backend.upload({ ...scalar, data: Float32Array.of(0.01) });
  using y = await backend.upload({ ...operator.range, data: new Float32Array(operator.range.shape.reduce((a, b) => a * b, 1)) });
  const taken: number[] = [];
  // The first run of a session allocates its memory.
  for (let step = 0; step <= steps; step++) {
    const before = processorSeconds();
    for (const result of await executable.run([z, y, rho])) result[Symbol.dispose]();
    if (step > 0) taken.push(1000 * (processorSeconds() - before));
  }
  return { setupSeconds, updateMilliseconds: median(taken), peakMiB: process.resourceUsage().maxRSS / 1024 };
}

const [name = "", side = ""] = process.argv.slice(2);
const measured = await measure(name, Number(side));
process.send?.(measured, () => process.exit());
