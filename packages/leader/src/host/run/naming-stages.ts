import { isLeaderError, LeaderError } from "@leader/graph";
import type { Blueprint } from "../config/blueprint.js";
import { stagesOf } from "../pins/pin-pipeline.js";

/** Errors about numbers, which are met in one stage and may be another's: a baseline computes with what the operator gives. */
const aboutNumbers = /_(?:NOT_FINITE|DIVERGED)$/u;

/** An error about numbers with the stages that computed them, and first of all the code that does not come with this program. */
export function namingStages({ config, plugins }: Pick<Blueprint, "config" | "plugins">, error: unknown): unknown {
  if (!isLeaderError(error) || !aboutNumbers.test(error.code)) return error;
  const { backend: _backend, ...stages } = stagesOf(config);
  const all = Object.entries(stages).map(([role, { use }]) => `${role} ${use}`);
  const local = plugins.filter(({ origin }) => origin === "local").map(({ name, path }) => (name === path ? name : `${name} (${path})`));
  const suspects = local.length === 0 ? "" : `; look first at ${local.join(", ")}, which does not come with this program`;
  const described = { message: `${error.message}; it was computed by ${all.join(", ")}`, hint: `${error.hint}${suspects}` };
  return new LeaderError(error.code, described, { cause: error, ...(error.stage === undefined ? {} : { stage: error.stage }) });
}
