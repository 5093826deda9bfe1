import type { OperatorLocality } from "@leader/core";
import { defined, type Aval } from "@leader/graph";
import { errors } from "../../error-codes.js";
import type { Composition } from "../compose/compose.js";
import type { RestorePlan, RestoreWay } from "../types.js";
import { leastPart, overlapFor } from "./parts.js";
import type { SamplerStore, SamplerTarget } from "./sampler-store.js";
import { afterwardsBytes, bytesOf, leastRunningBytes, maskBytes, pictureBytes, sampledImage, sizingsFor, type Sizing } from "./sizing.js";
import { besideSmallBytes } from "./small-picture.js";

const mebi = 2 ** 20;

/** A way to restore a picture with what it is expected to need; ways that are only kept for a failure are not estimated. */
export interface ChosenSizing {
  readonly sizing: Sizing;
  readonly neededMiB: number;
}

export interface SizingQuestion {
  readonly image: Aval;
  readonly way: RestoreWay;
  /** Resident memory without the picture. */
  readonly baseBytes: number;
  readonly limitMiB: number;
}

/**
 * The fastest way whose graphs fit into the limit of memory, and the smaller ones behind it. What a way needs is read off its graphs, so
 * that nothing is computed before; where the images alone are too much, no graph is traced.
 * Errors: `MEMORY_TOO_SMALL` with the estimate of the smallest.
 */
export async function chosenSizing(
  composition: Composition,
  samplers: SamplerStore,
  { image, way, baseBytes, limitMiB }: SizingQuestion,
): Promise<readonly [ChosenSizing, ...ChosenSizing[]]> {
  const operator = await composition.operatorAt(image);
  const computed = await computedImage(composition, image);
  const locality = computed === image ? await localityOf(composition) : undefined;
  const sizings = sizingsFor(computed, locality, way);
  const beside = computed === image ? 0 : besideSmallBytes(image);
  // The mean of the draws before.
  const mean = (composition.blueprint.config.meanOf ?? 1) > 1 ? bytesOf(computed) : 0;
  const fixed = baseBytes + pictureBytes(operator) + maskBytes(operator) + beside + mean + afterwardsBytes(way);
  const evened = (await composition.mayGrow()) ? 2 : 0;
  const refused = { least: Infinity, estimated: Infinity };
  for (const [i, sizing] of sizings.entries()) {
    // What is known without its graphs may be too much: then they are not worth tracing.
    const whole = fixed + evened * bytesOf(sampledImage(computed, sizing));
    const least = (whole + leastRunningBytes(computed, sizing)) / mebi;
    if (least > limitMiB) {
      refused.least = Math.min(refused.least, least);
      continue;
    }
    const neededMiB = Math.ceil((whole + (await samplers.bytes(targetOf(computed, sizing)))) / mebi);
    if (neededMiB > limitMiB) {
      refused.estimated = Math.min(refused.estimated, neededMiB);
      continue;
    }
    const others = sizings.slice(i + 1).map((smaller) => ({ sizing: smaller, neededMiB }));
    return [{ sizing, neededMiB }, ...others];
  }
  const how = locality === undefined ? `(whole: ${whyWhole(image, computed)})` : "in parts";
  const [known, needed] =
    refused.estimated < Infinity ? (["about", refused.estimated] as const) : (["at least", Math.ceil(refused.least)] as const);
  throw errors.MEMORY_TOO_SMALL({ image: image.shape, needed, known, limit: limitMiB, how });
}

/**
 * Why a picture is not restored in parts of the side that was asked for; undefined where it is, or has no larger side itself.
 * @param recorded the steps are kept, for a report
 */
export async function whyOtherParts(
  composition: Composition,
  image: Aval,
  asked: RestoreWay["parts"],
  recorded: boolean,
): Promise<string | undefined> {
  if (typeof asked !== "number" || Math.max(...image.shape.slice(2)) <= asked) return undefined;
  const computed = await computedImage(composition, image);
  const locality = computed === image ? await localityOf(composition) : undefined;
  if (locality === undefined) return whyWhole(image, computed);
  if (recorded) return "a report shows the steps of the picture as a whole";
  const least = leastPart(locality);
  return asked < least ? `parts share ${overlapFor(locality)} pixels, so they have ${least} at least` : undefined;
}

/** Why no parts of an image are computed. */
const whyWhole = (image: Aval, computed: Aval): string =>
  computed === image
    ? "its degradation or its method works on all pixels at once"
    : `in its place one of ${computed.shape[3]!} x ${computed.shape[2]!} is restored`;

/** How the operator works on parts; undefined where it does not, or where the method draws noise for coefficients that have no place. */
async function localityOf(composition: Composition): Promise<OperatorLocality | undefined> {
  const { locality } = await composition.get("operator");
  const requires = composition.blueprint.selected.get("baseline")?.stage.requires ?? [];
  return locality?.coefficients === "others" && requires.includes("operator.svd") ? undefined : locality;
}

/** The image that is sampled: a smaller one, where the operator looks for its image there. */
export async function computedImage(composition: Composition, image: Aval): Promise<Aval> {
  return (await composition.get("operator")).small?.imageFor(image) ?? image;
}

/** What the first part of a sizing is traced for. */
export function targetOf(image: Aval, { plan, tile }: Sizing): SamplerTarget {
  return { image, ...defined({ part: plan?.parts[0], tile }) };
}

/** The parts of a sizing for people. */
export const shownParts = ({ plan }: Sizing): RestorePlan["parts"] =>
  plan === undefined ? undefined : { count: plan.parts.length, height: plan.height, width: plan.width };

/** A sizing in words. */
export function sidesOf({ plan, tile }: Sizing): string {
  if (plan !== undefined) return `in parts of ${plan.width} x ${plan.height}`;
  return tile === undefined ? "with the picture whole" : `with tiles of ${tile}`;
}

/** True for what runtimes say when memory is short. */
export function ranOutOfMemory(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    /fail(?:ed|ure) to allocate|allocation failed|bad.?alloc|out of memory|ALLOC_FAILED/iu.test(error.message) ||
    ranOutOfMemory(error.cause)
  );
}
