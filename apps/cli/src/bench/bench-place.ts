import { fileURLToPath } from "node:url";
import type { SessionLimits } from "leader-restore/supervision";
import { openPlace, type Place } from "../worker/place.js";
import type { BenchRequest, BenchTasks } from "./tasks.js";

/** Where a bench is read, measured and reduced: in a process that can be ended whatever it is doing. Errors: `LIMIT_INVALID`. */
export const openBenchPlace = (request: BenchRequest, limits: SessionLimits): Place<BenchTasks> =>
  openPlace<BenchTasks>({
    entry: fileURLToPath(new URL("./main.js", import.meta.url)),
    limits,
    setup: { method: "open", argument: request },
  });
