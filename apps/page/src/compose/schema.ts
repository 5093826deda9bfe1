import { isRecord, listOf, numberOf, recordOf, textOf, type Fields } from "../api/records.js";

/** What can be composed, read from the JSON Schema of the service. */

/** An option of a stage, or a key at the top of a pipeline. */
export interface Option {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  readonly control: Control;
  /** What the service takes if nothing is stated, as text. */
  readonly byDefault?: string;
  /** The values that are allowed, in words; empty if nothing is to be said. */
  readonly range: string;
}

type Scalar = string | number | boolean | null;

/** One of the forms that an option may have. */
export interface Variant {
  readonly title: string;
  readonly control: Control;
}

/** How an option is set. */
export type Control =
  | { readonly kind: "number" | "text" }
  | { readonly kind: "choice"; readonly values: readonly Scalar[] }
  /** A number, a word or a switch, typed; some are suggested. */
  | { readonly kind: "scalar"; readonly suggestions: readonly Scalar[] }
  | { readonly kind: "group"; readonly options: readonly Option[] }
  | { readonly kind: "variants"; readonly variants: readonly Variant[] }
  /** Lists, mappings and unions of them, typed as YAML. */
  | { readonly kind: "yaml" };

export interface Stage {
  readonly use: string;
  readonly summary: string;
  readonly options: readonly Option[];
}

/** A part of the pipeline that a stage plays. */
export interface Role {
  readonly key: string;
  /** Another key of the same meaning. */
  readonly aliases: readonly string[];
  readonly description: string;
  readonly required: boolean;
  readonly stages: readonly Stage[];
}

export interface PipelineSchema {
  readonly roles: readonly Role[];
  /** Keys that are no stages, such as the noise. */
  readonly plain: readonly Option[];
}

export const emptySchema: PipelineSchema = { roles: [], plain: [] };

/** Reads a schema of pipelines; what is none has nothing to compose. */
export function pipelineSchemaOf(schema: unknown): PipelineSchema {
  if (!isRecord(schema)) return emptySchema;
  const required = listOf(schema, "required");
  const keys = Object.entries(recordOf(schema, "properties")).flatMap(([key, value]) => (isRecord(value) ? [{ key, value }] : []));
  const aliasOf = (value: Fields): string | undefined => /^another name of `(\w+)`/u.exec(textOf(value, "description"))?.[1];
  const isRole = (value: Fields): boolean => "use" in recordOf(value, "properties");
  return {
    roles: keys
      .filter(({ value }) => isRole(value) && aliasOf(value) === undefined)
      .map(({ key, value }) => ({
        key,
        aliases: keys.filter((other) => aliasOf(other.value) === key).map((other) => other.key),
        description: textOf(value, "description"),
        required: required.includes(key),
        stages: stagesOf(value),
      })),
    plain: keys
      .filter(({ key, value }) => !isRole(value) && key !== "apiVersion")
      .map(({ key, value }) => optionOf(key, value, required.includes(key))),
  };
}

function stagesOf(role: Fields): readonly Stage[] {
  const named = listOf(recordOf(recordOf(role, "properties"), "use"), "anyOf").filter(isRecord);
  const rules = listOf(role, "allOf").filter(isRecord);
  return named.flatMap((choice): readonly Stage[] => {
    const use = textOf(choice, "const");
    if (use === "") return [];
    const rule = rules.find((one) => recordOf(recordOf(recordOf(one, "if"), "properties"), "use")["const"] === use) ?? {};
    const options = recordOf(recordOf(recordOf(rule, "then"), "properties"), "with");
    return [{ use, summary: textOf(choice, "description"), options: optionsOf(options) }];
  });
}

function optionsOf(schema: Fields): readonly Option[] {
  const required = listOf(schema, "required");
  return Object.entries(recordOf(schema, "properties")).flatMap(([name, value]) =>
    isRecord(value) ? [optionOf(name, value, required.includes(name))] : [],
  );
}

/** An option as a schema describes it. */
export function optionOf(name: string, schema: Fields, required: boolean): Option {
  return {
    name,
    description: textOf(schema, "description"),
    required,
    control: controlOf(schema),
    ...("default" in schema ? { byDefault: shown(schema["default"]) } : {}),
    range: rangeOf(schema),
  };
}

/** A value as one would type it. */
export const shown = (value: unknown): string =>
  typeof value === "string" ? value : typeof value === "boolean" ? (value ? "yes" : "no") : JSON.stringify(value);

/** The control for a schema; what it does not understand is typed as YAML, so that nothing is out of reach. */
export function controlOf(schema: Fields): Control {
  const values = listOf(schema, "enum").filter(isScalar);
  if (values.length > 0) return { kind: "choice", values };
  if (isScalar(schema["const"])) return { kind: "choice", values: [schema["const"]] };
  switch (schema["type"]) {
    case "null":
      return { kind: "choice", values: [null] };
    case "boolean":
      return { kind: "choice", values: [true, false] };
    case "number":
    case "integer":
      return { kind: "number" };
    case "string":
      return { kind: "text" };
    case "object": {
      const options = optionsOf(schema);
      return options.length > 0 ? { kind: "group", options } : { kind: "yaml" };
    }
    case undefined:
      return unionOf(listOf(schema, "anyOf").filter(isRecord).map(controlOf));
    default:
      return { kind: "yaml" };
  }
}

/** Mappings are chosen from, each with its fields; what else there is is typed into one field, or chosen where all is known. */
function unionOf(parts: readonly Control[]): Control {
  const groups = parts.filter((part) => part.kind === "group");
  const others = parts.filter(({ kind }) => kind !== "group");
  if (groups.length > 0) {
    const value = others.length === 0 ? [] : [{ title: "a value", control: unionOf(others) }];
    return { kind: "variants", variants: [...value, ...groups.map((control) => ({ title: titleOf(control.options), control }))] };
  }
  const scalar = parts.every(({ kind }) => kind === "choice" || kind === "number" || kind === "text");
  if (!scalar || parts.length === 0) return { kind: "yaml" };
  const values = parts.flatMap((part) => (part.kind === "choice" ? part.values : []));
  return parts.every(({ kind }) => kind === "choice") ? { kind: "choice", values } : { kind: "scalar", suggestions: values };
}

/** A mapping by the keys that it cannot do without, which tell it from the others. */
function titleOf(options: readonly Option[]): string {
  const required = options.filter((option) => option.required);
  return (required.length === 0 ? options : required).map(({ name }) => name).join(", ");
}

/** Which variant a value has: of mappings that with the most of its keys; -1 if nothing is stated. */
export function variantOf(variants: readonly Variant[], value: unknown): number {
  if (value === undefined) return -1;
  const fits = variants.map(({ control }) => {
    if (control.kind !== "group") return isRecord(value) ? -1 : 0.5;
    return isRecord(value) ? control.options.filter(({ name }) => name in value).length : -1;
  });
  return fits.indexOf(Math.max(...fits));
}

const isScalar = (value: unknown): value is Scalar => value === null || ["string", "number", "boolean"].includes(typeof value);

function rangeOf(schema: Fields): string {
  const bound = (key: string): number | undefined => {
    const value = numberOf(schema, key);
    // The largest whole number says nothing about the option.
    return value === undefined || Math.abs(value) === Number.MAX_SAFE_INTEGER ? undefined : value;
  };
  const [low, above, high, below] = ["minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"].map(bound);
  const from = low !== undefined ? `from ${low}` : above !== undefined ? `above ${above}` : "";
  const to = high !== undefined ? `to ${high}` : below !== undefined ? `below ${below}` : "";
  const joined = [from, to].filter((part) => part !== "").join(" ");
  return schema["type"] === "integer" ? `a whole number ${joined}`.trim() : joined;
}
