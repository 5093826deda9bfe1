import type { SpreadFacts } from "./worker/tasks.js";

/** Differences below this do not show in 8 bits. */
const leastDifference = 0.5 / 255;

/** What several restorations of one input have in common, in words. */
export function spreadText({ samples, deviation: { typical, largest }, psnrOfMean }: SpreadFacts): string {
  return [
    `${samples} samples, deviation ${typical.toFixed(4)}, at most ${largest.toFixed(4)} (white in its picture)`,
    ...(largest < leastDifference ? ["the samples are equal: the method draws no noise that matters, another baseline does"] : []),
    ...(psnrOfMean === undefined ? [] : [`their mean ${psnrOfMean.toFixed(2)} dB`]),
  ].join("; ");
}
