import { z } from "zod";
import { noiseLevel } from "../noise/noise-level.js";

const text = z.string().max(4096);

const pinnedPackage = z.strictObject({
  name: text,
  version: text,
  /** Of the code that runs: `sha256:...` over the entry and all modules that it imports by relative paths. */
  integrity: text,
  /** Versions of what that code imports by name, as far as they are installed. */
  dependencies: z.record(text, text),
});

const stage = z.strictObject({ use: text, with: z.unknown() });

const pinnedShape = {
  seed: z.int().min(0),
  noise: z.union([noiseLevel, z.literal("auto")]),
  /** Restorations of which a result is the mean; absent: one. */
  meanOf: z.int().min(2).optional(),
  /** Every stage that takes part, with its options after defaults. */
  stages: z.record(text, stage),
  plugins: z.array(pinnedPackage),
  /** The library itself and the contract packages. */
  host: z.array(pinnedPackage),
  /** Integrity of every file that options name (networks, masks, kernels), by the text that names it. */
  files: z.record(text, text),
} as const;

/** A pipeline to the byte: options after defaults, and the content of all code and files that it names. */
export const pinnedPipeline = z.strictObject(pinnedShape);
export type PinnedPackage = z.output<typeof pinnedPackage>;
export type PinnedPipeline = z.output<typeof pinnedPipeline>;

/** What a restoration was made with: its pipeline to the byte, and what else decides about the bits of the result. */
export const madeWith = z.strictObject({
  ...pinnedShape,
  /** The number of the picture as part of the key of its noise, where it is not made of the content. */
  image: z.int().min(0),
  /** The backend's description of where it computed. */
  backend: text,
  machine: z.strictObject({ node: text, platform: text, processor: text }),
  /** How a large picture was restored: in parts of this side, or by a network that saw tiles of this side; else whole. */
  way: z.strictObject({ parts: z.int().optional(), tile: z.int().optional() }),
});
export type MadeWith = z.output<typeof madeWith>;
