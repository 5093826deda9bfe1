import { isRecord, textOf, type Fields } from "../api/records.js";
import { valueAt } from "./pipeline-text.js";
import type { Control, Option, PipelineSchema, Role, Stage } from "./schema.js";

/** The key under which the pipeline states a role. */
export const keyOf = (role: Role, value: Fields): string => role.aliases.find((alias) => alias in value) ?? role.key;

/** The stage that plays a role, by its name; empty if none does. */
export function useOf(value: Fields, key: string): string {
  const stage = value[key];
  return isRecord(stage) ? textOf(stage, "use") : typeof stage === "string" ? stage : "";
}

export const stageOf = (role: Role, use: string): Stage | undefined => role.stages.find((stage) => stage.use === use);

/** Paths of all fields that the form shows for a pipeline. */
export function knownFields({ roles, plain }: PipelineSchema, value: Fields): ReadonlySet<string> {
  const known = new Set(plain.map(({ name }) => name));
  for (const role of roles) {
    const key = keyOf(role, value);
    known.add(`${key}.use`);
    for (const path of pathsOf(stageOf(role, useOf(value, key))?.options ?? [], `${key}.with`)) known.add(path);
  }
  return known;
}

const pathsOf = (options: readonly Option[], above: string): readonly string[] =>
  options.flatMap(({ name, control }) => pathsOfControl(control, `${above}.${name}`));

function pathsOfControl(control: Control, path: string): readonly string[] {
  if (control.kind === "group") return pathsOf(control.options, path);
  return control.kind === "variants" ? [path, ...control.variants.flatMap((variant) => pathsOfControl(variant.control, path))] : [path];
}

/** How many of the options are stated. */
export const statedCount = (value: Fields, key: string): number => {
  const options = valueAt(value, [key, "with"]);
  return isRecord(options) ? Object.keys(options).length : 0;
};
