import { exitCodeOf } from "./exit-codes.js";
import { errorRecord, errorText } from "./render/errors.js";
import { makeOutput } from "./render/output.js";

/** Prints an error, as JSON on standard output too if asked for; returns the exit code. */
export function reportFailure(error: unknown, json: boolean): number {
  process.stderr.write(`${errorText(error)}\n`);
  makeOutput(json).record(errorRecord(error));
  return exitCodeOf(error);
}
