import { errors } from "../../error-codes.js";
import type { SessionLimits } from "../types.js";
import { defaultMemoryMiB } from "../free-memory.js";

/** Ceilings with their defaults. */
export type Ceilings = Required<Pick<SessionLimits, "memoryMiB" | "stallSeconds">> & SessionLimits;

/** Seconds without a sign of progress, before the pace of a run is known. */
const defaultStallSeconds = 1800;

/** Checks limits, which may come from code without types, and adds defaults. Errors: `LIMIT_INVALID`. */
export function ceilings(limits: SessionLimits): Ceilings {
  for (const name of ["memoryMiB", "seconds", "stallSeconds"] as const) {
    const value: unknown = limits[name];
    if (value !== undefined && !(typeof value === "number" && value > 0))
      throw errors.LIMIT_INVALID({ name, received: typeof value === "number" ? String(value) : `a ${typeof value}` });
  }
  return { memoryMiB: defaultMemoryMiB(), stallSeconds: defaultStallSeconds, ...limits };
}
