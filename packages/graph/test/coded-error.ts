import { isLeaderError, type LeaderError } from "../src/errors.js";

/** The coded error that a call throws; any other one is thrown on. */
export function codedError(body: () => unknown): LeaderError {
  try {
    body();
  } catch (error) {
    if (isLeaderError(error)) return error;
    throw error;
  }
  throw new Error("expected a coded error");
}
