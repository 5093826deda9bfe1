import { errors } from "./error-codes.js";
import { exitCodeOf } from "./exit-codes.js";
import { errorRecord, errorText } from "./render/errors.js";
import { makeOutput } from "./render/output.js";
import { isShortage } from "./shortage.js";

/** Prints an error, as JSON on standard output too if asked for; returns the exit code. */
export function reportFailure(thrown: unknown, json: boolean): number {
  const error = isShortage(thrown) ? errors.SYSTEM_SHORT({ problem: thrown.message }, { cause: thrown }) : thrown;
  process.stderr.write(`${errorText(error)}\n`);
  makeOutput(json).record(errorRecord(error));
  return exitCodeOf(error);
}
