import { isLeaderError } from "@leader/graph/errors";
import { openWorkplace } from "../worker/workplace.js";
import type { Trial, TrialRequest } from "../worker/trial.js";

/** Seconds after which a backend that does not answer is given up. */
const patience = 60;

const hints: Readonly<Record<string, string>> = {
  LEADER_CHILD_CRASHED: "a driver or native library does not fit this machine; use another backend",
  LEADER_TIME_LIMIT: "look for a driver or a device that hangs",
};

/** Tries a backend in a process of its own, which ends with this one; what becomes of the process is part of the answer. */
export async function runTrial(request: TrialRequest, signal?: AbortSignal): Promise<Trial> {
  await using workplace = openWorkplace({});
  try {
    return await workplace.do("trial", request, { signal, ownSeconds: patience });
  } catch (error) {
    if (signal?.aborted === true || !isLeaderError(error)) throw error;
    return { works: false, reason: error.message, hint: hints[error.code] ?? error.hint };
  }
}
