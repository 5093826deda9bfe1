import type { SamplerResult } from "@leader/core";
import type { RestoreSeconds } from "../types.js";

/** What came of sampling one measurement, or a part of it. */
export interface Sampled extends SamplerResult {
  readonly seconds: Omit<RestoreSeconds, "load">;
}
