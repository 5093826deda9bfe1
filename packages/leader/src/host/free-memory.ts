import { totalmem } from "node:os";

/** No process plans for less, in MiB. */
export const leastMemoryMiB = 256;

/** 90 % of the memory that is free now, of the machine or of the container where that has less; at least `leastMemoryMiB`. */
export function defaultMemoryMiB(): number {
  const constrained = process.constrainedMemory();
  const free = Math.min(process.availableMemory(), constrained > 0 ? constrained : Infinity, totalmem());
  return Math.max(leastMemoryMiB, Math.floor((0.9 * free) / 2 ** 20));
}
