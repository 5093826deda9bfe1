import { open } from "node:fs/promises";
import { admNetwork, askedShapes, type AdmFlags, type Network } from "@leader/networks";

/** Networks of the field by the size of a published file, with the flags of guided-diffusion that decide the graph. */
const flags = {
  /** `ffhq_10m.pt`, 93,563,910 parameters. */
  ffhq: { numChannels: 128, numResBlocks: 1, attended: [4] },
  /** `256x256_diffusion_uncond.pt`, 552,814,086 parameters. */
  imagenet: { numChannels: 256, numResBlocks: 2, attended: [3, 4, 5] },
} as const;
export type NetworkName = keyof typeof flags;
export const networkNames = Object.keys(flags) as readonly NetworkName[];

const channelMult = [1, 1, 2, 2, 4, 4];

function networkOf(name: NetworkName): Network {
  const { numChannels, numResBlocks, attended } = flags[name];
  const levels: readonly number[] = attended;
  const full: AdmFlags = {
    imageChannels: 3,
    outChannels: 6,
    numChannels,
    channelMult,
    numResBlocks,
    attention: channelMult.map((_, level) => levels.includes(level)),
    classes: undefined,
    resblockUpdown: true,
    useScaleShiftNorm: true,
    headChannels: 64,
    heads: 1,
    newAttentionOrder: false,
  };
  return admNetwork(full);
}

/** Uniform numbers in [-1, 1) by xorshift: only their spread matters here. */
function* blocks(size: number, scale: number, seed: { value: number }): Generator<Float32Array> {
  for (let left = size; left > 0; left -= blockSize) {
    const block = new Float32Array(Math.min(blockSize, left));
    let state = seed.value;
    for (let i = 0; i < block.length; i++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      block[i] = state * 2 ** -31 * scale;
    }
    seed.value = state;
    yield block;
  }
}
const blockSize = 2 ** 20;

/**
 * Writes a checkpoint of the network's names and shapes with random weights, as safetensors: weights by the number of their inputs, so that
 * activations neither vanish nor grow. Returns the number of parameters.
 */
export async function writeRandomCheckpoint(name: NetworkName, path: string): Promise<number> {
  const shapes = [...askedShapes(networkOf(name))];
  const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
  let at = 0;
  const entries = shapes.map(([key, shape]) => [key, { dtype: "F32", shape, data_offsets: [at, (at += 4 * sizeOf(shape))] }]);
  const text = JSON.stringify(Object.fromEntries(entries));
  const header = Buffer.from(text.padEnd(8 * Math.ceil(text.length / 8)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const file = await open(path, "w", 0o600);
  try {
    await file.writeFile(Buffer.concat([length, header]));
    const seed = { value: 1 };
    for (const [, shape] of shapes) {
      const scale = shape.length > 1 ? Math.sqrt(1 / sizeOf(shape.slice(1))) : 1;
      for (const block of blocks(sizeOf(shape), scale, seed)) await file.writeFile(new Uint8Array(block.buffer));
    }
  } finally {
    await file.close();
  }
  return at / 4;
}
