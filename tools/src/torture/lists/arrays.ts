import { isLeaderError } from "@leader/graph";
import { decodeNpy, encodeNpy } from "leader-restore";
import { mutated, mutations, type Mutation } from "../mutation.js";
import type { TortureList } from "../torture-list.js";

const seeds = [
  encodeNpy({ shape: [2, 3], dtype: "float32", data: Float32Array.of(1, 2, 3, 4, 5, 6) }),
  encodeNpy({ shape: [4], dtype: "int32", data: Int32Array.of(1, 2, 3, 4) }),
  encodeNpy({ shape: [], dtype: "bool", data: Uint8Array.of(1) }),
];

/** `.npy` files whose bytes were changed. */
export const arrays: TortureList<Mutation> = {
  name: "arrays",
  promise: "a mutated array is read, with as many numbers as its file holds, or refused with a code",
  cases: { quick: 1000, full: 20_000 },
  generator: mutations(seeds.length),
  check(mutation) {
    const bytes = mutated(seeds, mutation);
    try {
      const { data, shape } = decodeNpy(bytes, "mutant.npy");
      if (data.length > bytes.length || shape.reduce((a, b) => a * b, 1) !== data.length) throw new Error("more numbers than bytes");
      return "read";
    } catch (error) {
      if (isLeaderError(error)) return "refused";
      throw error;
    }
  },
};
