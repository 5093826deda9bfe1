import { defined } from "@leader/graph/records";
import type { SessionLimits } from "leader-restore/supervision";
import { builtEntry } from "../own-folder.js";
import { openPlace, type Place } from "../worker/place.js";
import type { BenchRequest, BenchTasks } from "./tasks.js";

/**
 * Where a bench is read, measured and reduced: in a process that can be ended whatever it is doing. Without a request there is no bench, only
 * what is known of all. Errors: `LIMIT_INVALID`.
 */
export const openBenchPlace = (request?: BenchRequest, limits: SessionLimits = {}): Place<BenchTasks> =>
  openPlace<BenchTasks>({
    entry: builtEntry("bench/main.js"),
    limits,
    ...defined({ setup: request && { method: "open", argument: request } }),
  });
