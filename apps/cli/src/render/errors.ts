import { isLeaderError, type LeaderError } from "@leader/graph/errors";
import { defined } from "@leader/graph/records";
import { isConfigError } from "leader-restore/supervision";

/** An error as JSON, for `--json` and for other programs. */
export function errorRecord(error: unknown): Readonly<Record<string, unknown>> {
  if (isConfigError(error)) return { type: "error", code: error.code, message: error.message, diagnostics: error.diagnostics };
  if (isLeaderError(error)) {
    return {
      type: "error",
      code: error.code,
      message: error.message,
      hint: error.hint,
      ...defined({ stage: error.stage }),
      ...(error.place ?? {}),
    };
  }
  return { type: "error", code: "LEADER_CLI_INTERNAL", message: error instanceof Error ? error.message : String(error) };
}

/** An error for people: where, what, and what to do. */
export function errorText(error: unknown): string {
  if (isConfigError(error)) return error.message;
  if (isLeaderError(error)) return leaderErrorText(error);
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `internal error: ${text}\nThis is a defect of LEADer; please report it with the command that you gave.`;
}

function leaderErrorText(error: LeaderError): string {
  const { place } = error;
  const at = place === undefined ? "" : `${[place.file, place.line, place.column].filter((part) => part !== undefined).join(":")} `;
  const stage = error.stage === undefined ? "" : ` (in ${error.stage})`;
  return `${at}${error.code}${stage}\n  ${error.message}\n  ${error.hint}`;
}
