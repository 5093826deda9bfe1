import type { LinearOperator, PipelineEventBody } from "@leader/core";
import { equalShapes, Once, type HostTensor } from "@leader/graph";
import { errors } from "../../error-codes.js";
import { blindFrequencies, detailAt, squareSide, type Frequencies } from "../../noise/detail.js";
import type { NoiseLevel } from "../../noise/noise-level.js";
import type { Composition } from "../compose/compose.js";
import { applyMap } from "./maps.js";

/**
 * What the noise that is stated may be exceeded by. Of pictures that were blurred as stated, with noise as stated, it is 1.00 to 1.03, as JPEG of
 * quality 50 up to 1.14; of sharp pictures, with a Gaussian of 1.6 and noise of 0.01, 1.0 (a soft picture of food) to 4.7.
 */
const tolerance = 1.3;
/** Pictures in 8 bits have 0.0015 to 0.002, for images in [0,1]. */
const leastNoise = 0.0025;
/** What two places may differ by, as a share of the largest weight: small singular values, which some blurs leave out, are not alike there. */
const sameness = 0.01;

type Warning = Extract<PipelineEventBody, { type: "warning" }>;

/**
 * Looks at measurements that are blurred pictures for detail that the blur cannot have left, nor noise as stated: a blur that is stated wider
 * than it was, or noise that is stated weaker, is made into rings and grain, a picture worse than the one that was given.
 */
export class UnexplainedDetail {
  readonly #composition: Composition;
  readonly #frequencies = new Once(() => this.#blind());

  constructor(composition: Composition) {
    this.#composition = composition;
  }

  /** A warning about a measurement, if there is reason for one. */
  async warningOf(y: HostTensor, noise: NoiseLevel, operator: LinearOperator): Promise<Warning | undefined> {
    const isBlurred = equalShapes(operator.domain.shape, y.shape) && operator.measured === undefined;
    if (typeof noise !== "number" || !isBlurred) return undefined;
    const detail = detailAt(y, await this.#frequencies.get());
    // Images in [-1,1] have twice the deviation of images in [0,1].
    const found = detail === undefined ? 0 : detail / 2;
    if (found <= tolerance * Math.max(noise, leastNoise)) return undefined;
    const { code, message } = errors.DETAIL_UNEXPLAINED({ found, stated: noise });
    return { type: "warning", code, message };
  }

  /** None where the operator does not blur all places alike, or not pictures of this size. */
  async #blind(): Promise<Frequencies> {
    const { identity = false } = await this.#composition.get("operator");
    if (identity) return [];
    const response = await this.#response().catch(() => undefined);
    return response !== undefined && isAlikeAt(places, response) ? blindFrequencies(response) : [];
  }

  /** What becomes of a point in each channel. What goes wrong with an operator is told where it is used. */
  async #response(): Promise<HostTensor | undefined> {
    const image = { shape: [1, 3, squareSide, squareSide], dtype: "float32" } as const;
    const operator = await this.#composition.operatorAt(image);
    if (!equalShapes(operator.range.shape, image.shape)) return undefined;
    const points = new Float32Array(3 * squareSide ** 2);
    for (const [channel, place] of places.entries()) points[channel * squareSide ** 2 + place] = 1;
    return await applyMap(this.#composition, (x) => operator.apply(x), { ...image, data: points });
  }
}

/** The middle of the square, and two other places. */
const places = [
  [0, 0],
  [9, -5],
  [-6, -11],
].map(([down = 0, across = 0]) => (squareSide / 2 + down) * squareSide + squareSide / 2 + across);

/** Whether each channel holds the same about its place. What reaches the border of the square is not. */
function isAlikeAt([first = 0, ...others]: readonly number[], { data }: HostTensor): boolean {
  const count = squareSide ** 2;
  let largest = 0;
  for (let at = 0; at < count; at++) largest = Math.max(largest, Math.abs(Number(data[at])));
  return others.every((place, i) => {
    const start = (i + 1) * count;
    for (let at = 0; at < count; at++) {
      const other = (at + place - first + count) % count;
      if (!(Math.abs(Number(data[at]) - Number(data[start + other])) <= sameness * largest)) return false;
    }
    return true;
  });
}
