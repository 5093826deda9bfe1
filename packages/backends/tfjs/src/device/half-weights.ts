import { fromHalves } from "@leader/graph";
import type { HalfWeights, Tfjs } from "../tfjs.js";

/** Kept in memory of JavaScript, outside of TensorFlow.js, and uploaded anew for every run: for devices in the same memory. */
export const halvesOnHost = (tf: Tfjs, gains: boolean): HalfWeights => ({
  gains,
  keep: (bits, shape) => ({ expand: () => tf.tensor(fromHalves(bits), shape), dispose: () => undefined }),
});

/** Integers of 32 bits with two weights in each, to bring them to a device. */
export const pairsOf = (bits: Uint16Array): Int32Array => new Int32Array(bits.buffer, bits.byteOffset, bits.length / 2);
