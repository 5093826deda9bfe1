import { isRecord, listOf, recordOf, type Fields } from "../api/records.js";
import { valueAt } from "./pipeline-text.js";
import { optionOf, type Option } from "./schema.js";

/** What params of the pipeline are set to for the next request, by their names. */
export type Params = Readonly<Record<string, unknown>>;

/** The path of the field of a param, which is also where the text declares it. */
export const paramPath = (name: string): readonly [string, string] => ["params", name];

/** The params that the text itself declares, as options; then those that are set although it declares none of their name. */
export function paramOptions(value: Fields, params: Params): readonly Option[] {
  const declared = recordOf(value, "params");
  const strange = Object.keys(params).filter((name) => !(name in declared));
  return [
    ...Object.entries(declared).flatMap(([name, one]) => (isRecord(one) ? [optionOfParam(value, name, one)] : [])),
    ...strange.map((name) => optionOf(name, { description: "The pipeline declares no param of this name.", type: "string" }, false)),
  ];
}

/** A param has to be set where it has no default and the text does not state what it sets. */
function optionOfParam(value: Fields, name: string, { choices, sets, ...param }: Fields): Option {
  const paths = typeof sets === "string" ? [sets] : listOf({ sets }, "sets").filter((path) => typeof path === "string");
  const free = paths.some((path) => valueAt(value, path.split(".")) === undefined);
  return optionOf(name, { ...param, enum: choices }, param["default"] === undefined && free);
}

/** The params with one set to another value, or to none where it is undefined. */
export function withParam(params: Params, name: string, value: unknown): Params {
  const { [name]: _, ...others } = params;
  return value === undefined ? others : { ...others, [name]: value };
}
