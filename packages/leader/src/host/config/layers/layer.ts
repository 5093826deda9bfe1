import type { Place } from "../diagnostic.js";

/** Where a value was stated: the pipeline itself, a file or a preset that it extends, a param, or `--set`. */
export type StatedBy = "pipeline" | "parent" | "preset" | "param" | "set";

/** Who stated a value, and where. */
export interface Stated {
  readonly by: StatedBy;
  readonly place: Place;
  /** The name of the param. */
  readonly param?: string;
}

/** Finds where the value at a path (or its key) was stated; undefined if nobody did. */
export type FindStated = (path: readonly PropertyKey[], at: "key" | "value") => Stated | undefined;

/** A text that another one extends, as it was read: enough to compose the same pipeline in another process. */
export interface ParentText {
  readonly kind: "parent" | "preset";
  /** As messages call it: the path of a file, or `@leader/presets#ddnm/bicubic-x4`. */
  readonly name: string;
  /** Absolute path of its file. */
  readonly file: string;
  readonly text: string;
}

/** One text of a composed configuration. */
export interface Layer {
  readonly by: Extract<StatedBy, "pipeline" | "parent" | "preset">;
  readonly value: unknown;
  readonly find: (path: readonly PropertyKey[], at: "key" | "value") => Place | undefined;
}

/** True if `path` is `prefix` or lies below it. */
export const startsWith = (path: readonly PropertyKey[], prefix: readonly PropertyKey[]): boolean =>
  prefix.length <= path.length && prefix.every((key, i) => String(path[i]) === String(key));
