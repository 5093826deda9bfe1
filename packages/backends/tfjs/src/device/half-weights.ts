import { fromHalves } from "@leader/core";
import type { HalfWeights, Tfjs, TfTensor } from "../tfjs.js";

/** Kept in memory of JavaScript, outside of TensorFlow.js, and uploaded anew for every run: for devices in the same memory. */
export const halvesOnHost = (tf: Tfjs, gains: boolean): HalfWeights => ({
  gains,
  keep: (bits) => ({ expand: () => tf.tensor1d(fromHalves(bits)), dispose: () => undefined }),
});

/** Kept on the device as integers of 32 bits, two weights in each; `expand` makes [n] numbers of [n / 2] integers there. */
export const halvesOnDevice = (tf: Tfjs, gains: boolean, expand: (pairs: TfTensor) => TfTensor): HalfWeights => ({
  gains,
  keep: (bits) => {
    const pairs = tf.tensor1d(new Int32Array(bits.buffer, bits.byteOffset, bits.length / 2), "int32");
    return {
      expand: () => expand(pairs),
      dispose: () => {
        pairs.dispose();
      },
    };
  },
});
