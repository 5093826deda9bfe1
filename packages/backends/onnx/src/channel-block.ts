import type { Tensor } from "onnxruntime-node";
import { trace, type HostTensor } from "@leader/graph";
import { writeOnnx } from "@leader/graph/onnx";
import { BlockedForms } from "./blocked-forms.js";
import { planBlocks } from "./blocked-plan.js";
import type { Runtime } from "./runtime.js";
import { resultOf } from "./results.js";

/** Blocks of the runtime's kernels: 16 channels where the processor has vectors of 512 bits, 8 where it has shorter ones. */
export const channelBlocks = [16, 8] as const;
export type ChannelBlock = (typeof channelBlocks)[number];

const known = new WeakMap<Runtime["InferenceSession"], Promise<ChannelBlock | undefined>>();

/**
 * How many channels the blocks of the runtime's own layout hold on this processor. The runtime does not say, and its operator set for them is its
 * own affair: so it is tried out, once per process, on a convolution as the forms write it. A version of the runtime that takes another layout, or
 * none, gives other numbers or an error, and keeps to the standard.
 * @returns undefined if no block gives the right numbers.
 */
export function channelBlockOf(runtime: Runtime): Promise<ChannelBlock | undefined> {
  const found = known.get(runtime.InferenceSession) ?? firstRight(runtime);
  known.set(runtime.InferenceSession, found);
  return found;
}

async function firstRight(runtime: Runtime): Promise<ChannelBlock | undefined> {
  for (const block of channelBlocks) if (await isRight(runtime, block)) return block;
  return undefined;
}

const channels = 32;
const taps = 3;
const numbers = (shape: readonly number[], step: number): HostTensor & { readonly data: Float32Array } => {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).map((_, i) => ((i * step) % 101) / 101);
  return { shape, dtype: "float32", data };
};
const image = numbers([1, channels, 1, taps], 37);
const weight = numbers([channels, channels, 1, taps], 17);
const factors = numbers([1, channels, 1, 1], 29);

/** Whether scaled sums of all channels and taps come out as they should. */
async function isRight(runtime: Runtime, block: ChannelBlock): Promise<boolean> {
  try {
    const found = await scaledSums(runtime, block);
    return factors.data.every((factor, o) => Math.abs(Number(found[o]) - factor * sumOf(o)) < 1e-3);
  } catch {
    // What the runtime refuses is not to be used.
    return false;
  }
}

const sumOf = (output: number): number => image.data.reduce((sum, value, i) => sum + value * weight.data[output * channels * taps + i]!, 0);

async function scaledSums(runtime: Runtime, block: ChannelBlock): Promise<Tensor["data"]> {
  const options = { executionProviders: ["cpu"], intraOpNumThreads: 1, logSeverityLevel: 4 } as const;
  const session = await runtime.InferenceSession.create(probe(block), options);
  try {
    const given = ({ data, shape }: typeof image): Tensor => new runtime.Tensor("float32", data, shape);
    return resultOf(await session.run({ image: given(image), factors: given(factors) }), "sums").data;
  } finally {
    await session.release();
  }
}

function probe(block: ChannelBlock): Uint8Array {
  const graph = trace((x, scale) => x.conv(x.trace.constant(weight)).mul(scale), [image, factors], ["image", "factors"]);
  const forms = new BlockedForms(graph, planBlocks(graph, block)!, block);
  return writeOnnx(graph, { name: "probe", outputNames: ["sums"], forms }).model;
}
