import { defined, isLeaderError, LeaderError } from "@leader/graph";
import { coreErrors } from "@leader/core";
import { errors } from "../../error-codes.js";
import type { Blueprint } from "../config/blueprint.js";
import type { SelectedStage } from "../config/stage-reader.js";
import { keyOfRole } from "../envelope.js";
import { ConfigError, isConfigError, type Diagnostic } from "../config/diagnostic.js";
import { roles } from "../envelope.js";
import { describeThrown, originOf } from "../plugins/origin.js";

/** The stage as errors name it. */
export const stageName = ({ role, use }: Pick<SelectedStage, "role" | "use">): string => `${role} ${use}`;

/** An error that left a stage while it was being made, at its place in the pipeline. */
export function creationProblem(blueprint: Blueprint, selected: SelectedStage, error: unknown): Diagnostic {
  const { document } = blueprint;
  const key = keyOfRole(document, selected.role);
  if (isLeaderError(error)) return document.diagnose(error, optionNamed(error.message, selected.options, [key, "with"]) ?? [key, "use"]);
  return document.diagnose(errors.STAGE_CREATE_FAILED({ reference: selected.use, problem: describeThrown(error) }, { cause: error }), [
    key,
    "use",
  ]);
}

/** The path of the option whose value the message quotes: a missing file is then shown where it is written. */
function optionNamed(message: string, options: unknown, path: readonly string[]): readonly string[] | undefined {
  if (typeof options === "string") return options.length > 2 && message.includes(options.replace(/^\.\//u, "")) ? path : undefined;
  if (typeof options !== "object" || options === null) return undefined;
  for (const [key, value] of Object.entries(options)) {
    const found = optionNamed(message, value, [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Runs a stage's code; what it throws is coded and names the stage. The innermost stage is the one that is named. */
export function within<T>(selected: Pick<SelectedStage, "role" | "use">, f: () => T): T {
  try {
    return f();
  } catch (error) {
    throw named(error, stageName(selected));
  }
}

function named(error: unknown, stage: string): unknown {
  if (isConfigError(error) || (isLeaderError(error) && error.stage?.includes("#") === true)) return error;
  if (!isLeaderError(error)) return errors.STAGE_FAILED({ stage, problem: describeThrown(error) }, { stage, cause: error });
  return new LeaderError(error.code, error, { stage, cause: error, ...defined({ place: error.place }) });
}

/** Options of a stage that ask for what another stage may not have, by the error that says so. */
const askedBy: Readonly<Record<string, string>> = { LEADER_LEARNED_VARIANCE_MISSING: "variance" };

/** An error of tracing as an error at the stage that it names, if it names one: at its `use:`, or at the option that asked for too much. */
export function locateStageError(blueprint: Blueprint, error: unknown): unknown {
  if (!isLeaderError(error) || isConfigError(error)) return error;
  const named = /^[a-z]+/u.exec(error.stage ?? "")?.[0];
  const role = roles.find((one) => one === named);
  if (role === undefined) return error;
  const { document } = blueprint;
  const message = error.stage === undefined ? error.message : `${error.message} (in ${error.stage}${placeOf(error)})`;
  const described = new LeaderError(error.code, { message, hint: error.hint }, { cause: error });
  const option = askedBy[error.code];
  const path = [keyOfRole(document, role), ...(option === undefined ? ["use"] : ["with", option])];
  return new ConfigError([document.diagnose(described, path)], { cause: error });
}

/** Where stage code broke a rule of the contract: nothing else tells the author of a plugin which of his tensors it was. */
function placeOf(error: LeaderError): string {
  if (!Object.hasOwn(coreErrors, error.code.replace(/^LEADER_/u, ""))) return "";
  let innermost: unknown = error;
  while (innermost instanceof Error && innermost.cause instanceof Error) innermost = innermost.cause;
  const origin = originOf(innermost);
  return origin === undefined ? "" : `, at ${origin}`;
}
