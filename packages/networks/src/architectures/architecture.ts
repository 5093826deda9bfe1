import type { Tensor } from "@leader/core";
import type { Checkpoint } from "../file/checkpoint.js";
import type { Layers } from "../layers/layers.js";

export type ShapesByKey = ReadonlyMap<string, readonly number[]>;

/** What a network is fed: images [N,C,H,W], the noise level in the network's own terms (a scalar), one-hot labels [N, classes]. */
export interface NetworkInputs {
  readonly x: Tensor;
  readonly level: Tensor;
  readonly labels?: Tensor;
}

/** Settings that files do not hold: from the table of published files, or from the user. */
export interface ArchitectureSettings {
  /** Channels of one attention head. */
  readonly headChannels?: number | undefined;
  /** Number of attention heads, if they are not counted by channels. */
  readonly heads?: number | undefined;
  readonly newAttentionOrder?: boolean | undefined;
}

/** One network: how it is built for any image size. */
export interface Network {
  readonly architecture: ArchitectureName;
  /** Widths and depths in a few words, for people. */
  readonly summary: string;
  /** Channels of the image. */
  readonly channels: number;
  /** Channels that the network returns. */
  readonly outputs: number;
  /** Number of classes of a class-conditional network. */
  readonly classes?: number;
  /** True if a network with classes also works without a label. */
  readonly unconditional?: boolean;
  /** Sides must be multiples of this. */
  readonly multiple: number;
  /** Settings that decide the graph, with the values that were taken. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  /** What the level means: see `Conditioning`. */
  readonly conditioning: "timestep" | "sigma";
  /** Names in files that say nothing the graph needs. */
  ignores(key: string): boolean;
  /** The flag of the training code that would explain a key that does not fit. */
  flagFor(key: string): string | undefined;
  build(net: Layers, inputs: NetworkInputs): Tensor;
}

export type ArchitectureName = "adm" | "ddpm" | "diffusers" | "edm" | "drunet";

/** A family of networks. */
export interface Architecture {
  readonly name: ArchitectureName;
  readonly title: string;
  /** True if the names are those of this family. */
  recognises(shapes: ShapesByKey, checkpoint: Pick<Checkpoint, "config" | "edm">): boolean;
  /** The network of the family that the file holds. Errors: CHECKPOINT_UNKNOWN, CHECKPOINT_OPTION. */
  describe(shapes: ShapesByKey, checkpoint: Checkpoint, settings: ArchitectureSettings): Network;
}

/** 1 + the largest number that follows `prefix`; 0 if there is none. */
export function countIndices(shapes: ShapesByKey, prefix: string): number {
  let count = 0;
  for (const key of shapes.keys()) {
    if (!key.startsWith(prefix)) continue;
    const index = Number.parseInt(key.slice(prefix.length), 10);
    if (index >= count && index < 4096) count = index + 1;
  }
  return count;
}
