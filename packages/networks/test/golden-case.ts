import { gunzipSync } from "node:zlib";
import { arr, sizeOf, StateDict, type Arr } from "./restated/arrays.js";

/** One network of `tools/goldens/make_network_goldens.py`. */
export interface GoldenCase {
  readonly name: string;
  /** What the authors' constructor was given. */
  readonly arguments: {
    readonly num_head_channels?: number;
    readonly num_heads?: number;
    readonly use_new_attention_order?: boolean;
    readonly ch?: number;
    readonly ch_mult?: readonly number[];
    readonly num_res_blocks?: number;
    readonly attn_resolutions?: readonly number[];
    readonly resamp_with_conv?: boolean;
  };
  readonly shape: readonly number[];
  /** Timestep or sigma, as the authors' module was called. */
  readonly level: number;
  readonly label?: number;
  readonly preconditioning?: string;
  /** Names and shapes of the state dict, packed. */
  readonly tensors: string;
  /** The authors' output: float32, little-endian, base64. */
  readonly output: string;
}

/** Multiples of 2^-15 in [-1, 1) that follow from a name: FNV-1a, then Murmur3's last steps; as the script computes them. */
function noise(key: string, count: number): Float64Array {
  let word = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(key)) word = Math.imul(word ^ byte, 0x01000193);
  return new Float64Array(count).map((_, i) => {
    let h = (word + Math.imul(i, 0x9e3779b1)) | 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    h ^= h >>> 16;
    return ((h >>> 16) - 32768) / 32768;
  });
}

function filled(key: string, shape: readonly number[]): Arr {
  const values = noise(key, sizeOf(shape));
  if (key.endsWith("freqs")) return arr(shape, (i) => values[i]! * 4);
  if (shape.length === 1) return arr(shape, (i) => (key.endsWith("weight") ? 1 + values[i]! / 4 : values[i]! / 8));
  const fan = sizeOf(shape.slice(1));
  let power = 0;
  while (3 * 4 ** power < fan) power++;
  return arr(shape, (i) => values[i]! / 2 ** power);
}

/** The state dict of the authors' module, by the names and shapes that it had there. */
export function weightsOf({ tensors }: GoldenCase): StateDict {
  const weights = new StateDict();
  for (const line of gunzipSync(Buffer.from(tensors, "base64")).toString().split(";")) {
    const [key, sides] = line.split(" ") as [string, string];
    const shape = sides === "" ? [] : sides.split(",").map(Number);
    weights.entries.set(key, filled(key, shape));
  }
  return weights;
}

export const imageOf = ({ shape }: GoldenCase): Arr => ({ shape, data: noise("image", sizeOf(shape)) });

export function outputOf({ output }: GoldenCase): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(output, "base64")).buffer);
}
