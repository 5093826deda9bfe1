import { createHash } from "node:crypto";
import { isLeaderError, type Backend, type Executable, type HostTensor } from "@leader/graph";
import { decodeModel, readOnnx } from "@leader/graph/onnx";
import { errors } from "../error-codes.js";
import type { Metric } from "../metric.js";
import { requireAlike } from "../planes.js";
import { lpipsBackbones, type LpipsBackbone } from "./backbones.js";
import { graphName } from "./model.js";

/** LPIPS with its compiled graphs, one per image size. */
export interface LpipsMetric extends Metric, AsyncDisposable {}

/**
 * LPIPS by a network that `lpipsModel` made, run on a backend. Images are clamped to [-1,1].
 * @param file names the network in errors; the backend stays the caller's. Errors: NOT_LPIPS, and the ONNX reader's.
 */
export function lpips(bytes: Uint8Array, file: string, backend: Backend): LpipsMetric {
  const backbone = backboneOf(bytes, file);
  const weights = createHash("sha256").update(bytes).digest("hex").slice(0, 8);
  const compiled = new Map<string, Promise<Executable>>();
  const executableFor = (shape: readonly number[]): Promise<Executable> => {
    const key = shape.join();
    const known =
      compiled.get(key) ?? backend.compile(readOnnx(bytes, { inputShapes: { image: shape, reference: shape }, fileName: file }).graph);
    compiled.set(key, known);
    return known;
  };
  return {
    identity: { name: "LPIPS", version: 1, colour: "rgb", range: "[-1,1] clamped", crop: 0, variant: `${backbone} v0.1 #${weights}` },
    better: "lower",
    unit: "",
    digits: 4,
    async measure(image, reference) {
      requireAlike("LPIPS", image, reference);
      const [, channels = 0, height = 0, width = 0] = image.shape;
      if (channels !== 3) throw errors.COLOUR({ metric: "LPIPS", channels });
      const { least } = lpipsBackbones[backbone];
      if (Math.min(height, width) < least) throw errors.TOO_SMALL({ metric: "LPIPS", least, height, width });
      return await distance(backend, await executableFor(image.shape), [image, reference]);
    },
    async [Symbol.asyncDispose]() {
      const made = await Promise.allSettled(compiled.values());
      compiled.clear();
      for (const result of made) if (result.status === "fulfilled") await result.value[Symbol.asyncDispose]();
    },
  };
}

async function distance(backend: Backend, executable: Executable, images: readonly HostTensor[]): Promise<number> {
  const inputs = await Promise.all(images.map((image) => backend.upload({ ...image, data: Float32Array.from(image.data, clamp) })));
  const outputs = await executable.run(inputs);
  try {
    return (await outputs[0]!.read()).data[0]!;
  } finally {
    for (const tensor of [...inputs, ...outputs]) tensor[Symbol.dispose]();
  }
}

const clamp = (value: number): number => Math.min(1, Math.max(-1, value));

function backboneOf(bytes: Uint8Array, file: string): LpipsBackbone {
  const name = graphNameOf(bytes, file);
  const backbone = (["alex", "squeeze"] as const).find((candidate) => graphName(candidate) === name);
  if (backbone === undefined) throw errors.NOT_LPIPS({ file, problem: `its graph is called \`${name}\`` });
  return backbone;
}

function graphNameOf(bytes: Uint8Array, file: string): string {
  try {
    return decodeModel(bytes, file).graph?.name ?? "";
  } catch (cause) {
    if (!isLeaderError(cause)) throw cause;
    throw errors.NOT_LPIPS({ file, problem: cause.message }, { cause });
  }
}
