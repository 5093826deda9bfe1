import type { AnyStage, StageKind } from "@leader/core";
import { hasKey, isRecord } from "@leader/graph";
import { errors } from "../../error-codes.js";
import { isStage, problemOfStage } from "../plugins/shape.js";
import type { PipelineExtension, PipelineObject } from "../types.js";
import { aliases, fileVersion, roles } from "../envelope.js";

/** Stage records that a pipeline made in code holds itself, by their roles. */
export type Records = ReadonlyMap<StageKind, AnyStage>;

/** Takes stage records out of a pipeline object and puts names in their place. */
export function separateRecords(object: PipelineObject | PipelineExtension): { readonly plain: unknown; readonly records: Records } {
  const records = new Map<StageKind, AnyStage>();
  const entries = Object.entries<unknown>({ apiVersion: fileVersion, ...object }).map(([key, value]) => {
    const role = hasKey(aliases, key) ? aliases[key] : roles.find((one) => one === key);
    if (role === undefined || !isRecord(value) || typeof value["use"] !== "object" || value["use"] === null) return [key, value] as const;
    const { use } = value;
    if (!isStage(use)) throw errors.STAGE_MALFORMED({ reference: key, problem: problemOfStage(use) ?? "it changes while it is read" });
    records.set(role, use);
    return [key, { ...value, use: `code#${role}` }] as const;
  });
  return { plain: Object.fromEntries(entries), records };
}
