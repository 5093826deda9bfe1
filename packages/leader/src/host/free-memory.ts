import { totalmem } from "node:os";

/** 90 % of the memory that is free now, of the machine or of the container where that has less; at least 256 MiB. */
export function defaultMemoryMiB(): number {
  const constrained = process.constrainedMemory();
  const free = Math.min(process.availableMemory(), constrained > 0 ? constrained : Infinity, totalmem());
  return Math.max(256, Math.floor((0.9 * free) / 2 ** 20));
}
