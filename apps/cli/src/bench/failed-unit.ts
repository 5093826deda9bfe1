import { isLeaderError } from "@leader/graph/errors";
import { exitCodeOf, exitCodes } from "../exit-codes.js";
import type { Unit, UnitFailure } from "./unit.js";

/** What every record of a unit begins with. */
export const headOf = ({ id, method, task, image, seed }: Unit) => ({ type: "unit", unit: id, method, task, image, seed }) as const;

/** The record of a unit that ended in an error. */
export function failedUnit(unit: Unit, error: unknown): UnitFailure {
  const code = isLeaderError(error) ? error.code : "LEADER_CLI_INTERNAL";
  const message = error instanceof Error ? error.message : String(error);
  return { ...headOf(unit), status: "failed", error: { code, message }, temporary: exitCodeOf(error) === exitCodes.temporary };
}
