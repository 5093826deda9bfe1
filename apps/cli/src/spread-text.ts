import type { SpreadFacts } from "./worker/tasks.js";

/** What several restorations of one input have in common, in words. */
export const spreadText = ({ samples, deviation, psnrOfMean }: SpreadFacts): string =>
  `${samples} samples, deviation ${deviation.typical.toFixed(4)}, at most ${deviation.largest.toFixed(4)} (white in its picture)${
    psnrOfMean === undefined ? "" : `; their mean ${psnrOfMean.toFixed(2)} dB`
  }`;
