/** What the process tells its caller. Documented in docs/cli.md. */
import { isRecord } from "@leader/graph/records";
import { shortageExitCode } from "./shortage.js";
export const exitCodes = {
  ok: 0,
  /** Some files of a batch failed, the others are done. */
  someFailed: 1,
  usage: 2,
  /** The configuration, picture or model is at fault: trying again cannot help. */
  badInput: 42,
  internal: 70,
  /** Out of memory, time or a crashed child: trying again, or with other limits, may help. */
  temporary: shortageExitCode,
  interrupted: 130,
  terminated: 143,
} as const;

/** The exit code for an error: by its code if it has one of ours, `internal` otherwise. */
export function exitCodeOf(error: unknown): number {
  const { code, retryable } = isRecord(error) ? error : {};
  if (typeof code !== "string" || !code.startsWith("LEADER_")) return exitCodes.internal;
  if (code === "LEADER_UNEXPECTED") return exitCodes.internal;
  if (code === "LEADER_CLI_USAGE") return exitCodes.usage;
  return retryable === true ? exitCodes.temporary : exitCodes.badInput;
}
