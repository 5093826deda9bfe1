import type { PipelineEventBody } from "@leader/core";
import { errors } from "../../error-codes.js";

/** What a computing process wrote, as a warning of the run. */
export function outputWarning(stream: string, line: string): Extract<PipelineEventBody, { type: "warning" }> {
  const { code, message } = errors.CHILD_OUTPUT({ stream, line });
  return { type: "warning", code, message };
}
