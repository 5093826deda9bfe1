import { isRecord, type HostTensor } from "@leader/graph";
import { alphaOnly } from "../host/compose/environment.js";
import type { ResolvedConfig } from "../host/types.js";
import type { Picture } from "../picture/picture.js";
import { isGrey, visibleSamples } from "../picture/result-picture.js";
import { lumaOf } from "./luma.js";

/** What the operator of a pipeline means for how pictures are read and written: the same for a task and for its pipeline in a file. */
export interface PictureHandling {
  /** Colours are what is restored: a picture is given as grey, and its result does not stay grey. */
  readonly colours: boolean;
  /** The weights of the channels in that grey, where the pipeline states them. */
  readonly weights?: readonly number[];
  /** The holes are the transparent pixels of a picture: filled, nothing stays transparent. */
  readonly filled: boolean;
}

const isNumbers = (value: unknown): value is readonly number[] => Array.isArray(value) && value.every((item) => typeof item === "number");

/** Reads off a pipeline how its pictures are handled. */
export function pictureHandling({ operator }: Pick<ResolvedConfig, "operator">): PictureHandling {
  const { mask, weights } = isRecord(operator.with) ? operator.with : {};
  if (operator.use === "@leader/operators#colorization")
    return { colours: true, filled: false, ...(isNumbers(weights) ? { weights } : {}) };
  const filled = operator.use === "@leader/operators#inpainting" && typeof mask === "string" && mask.endsWith(alphaOnly);
  return { colours: false, filled };
}

/** What of a picture is given to a restoration, and what was left out of it, in words. */
export interface GivenSamples {
  readonly samples: HostTensor;
  readonly notes: readonly string[];
}

/** The samples of a picture that a restoration starts from: those that can be seen; of a picture whose colours are restored anew, its grey. */
export function givenSamples(picture: Picture, { colours, weights }: PictureHandling): GivenSamples {
  const samples = visibleSamples(picture);
  if (!colours || isGrey(samples)) return { samples, notes: [] };
  return { samples: lumaOf(samples, weights), notes: ["its own colours were left out"] };
}
