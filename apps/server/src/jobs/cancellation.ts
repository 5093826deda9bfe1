import { isLeaderError } from "@leader/graph";

/** True if what failed was cancelled: from here, or where it was computed. */
export const wasCancelled = (error: unknown, signal: AbortSignal): boolean =>
  signal.aborted || (isLeaderError(error) && error.code === "LEADER_RUN_CANCELLED");
