import type { Params } from "../compose/params.js";

/** What is asked for whatever the task is. */
export interface Extras {
  /** As typed; empty for the default. */
  readonly seed: string;
  readonly uncertainty: boolean;
}

/** Steps between two previews: enough to watch, cheap beside an evaluation of the network. */
const previewEvery = 1;

/** The fields of what is asked for whatever the task is. */
export const extraFields = ({ seed, uncertainty }: Extras): readonly (readonly [string, string])[] => [
  ["previewEvery", String(previewEvery)],
  ...(seed.trim() === "" ? [] : [["seed", seed.trim()] as const]),
  ...(uncertainty ? [["uncertainty", "true"] as const] : []),
];

/** The fields that set params of a pipeline. */
export const paramFields = (params: Params): readonly (readonly [string, string])[] =>
  Object.entries(params).map(([name, value]) => ["param", `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`]);

/** Fields first: a service that reads as it goes knows what is asked before the picture arrives. */
export function formOf(picture: File, fields: readonly (readonly [string, string | File])[]): FormData {
  const form = new FormData();
  for (const [name, value] of fields) form.append(name, value);
  form.append("picture", picture);
  return form;
}
