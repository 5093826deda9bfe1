import type { HostTensor } from "@leader/graph";
import { errors } from "../../error-codes.js";

/** Sizes that numbers may have. Images lie in [-1,1], and sums over a whole picture of them below the first. */
const largest = { measurement: 1e7, result: 1e4 } as const;

/** Index of the first number that is not finite or too large, or -1. A loop: `findIndex` takes ten times as long, for every picture. */
function firstBeyond({ data }: HostTensor, limit: number): number {
  for (let i = 0; i < data.length; i++) if (!(Math.abs(data[i]!) <= limit)) return i;
  return -1;
}

/** A measurement of NaN would otherwise be blamed on the stage that it meets first. Errors: `MEASUREMENT_NOT_FINITE`. */
export function requireUsable(y: HostTensor): void {
  const element = firstBeyond(y, largest.measurement);
  if (element >= 0) throw errors.MEASUREMENT_NOT_FINITE({ element, value: String(y.data[element]), largest: largest.measurement });
}

/** A result of 1e20 is no image, though it is finite. Errors: `RESULT_DIVERGED`. */
export function requireImage(x: HostTensor): void {
  const element = firstBeyond(x, largest.result);
  if (element >= 0) throw errors.RESULT_DIVERGED({ element, value: String(x.data[element]), largest: largest.result });
}
