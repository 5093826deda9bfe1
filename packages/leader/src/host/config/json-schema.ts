import type { AnyStage, Plugin } from "@leader/core";
import { referenceName } from "../plugins/own.js";
import { aliases, envelope, roles } from "../envelope.js";
import { isRecord, memberOf } from "@leader/graph";

/** A JSON Schema (draft-07): what editors understand. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The JSON Schema of what a Standard Schema accepts, or undefined if its library cannot tell. */
export function jsonSchemaOf(schema: AnyStage["options"]): JsonSchema | undefined {
  try {
    const maker = memberOf(schema["~standard"], "jsonSchema");
    const input = memberOf(maker, "input");
    const made: unknown = typeof input === "function" ? Reflect.apply(input, maker, [{ target: "draft-07" }]) : undefined;
    return isRecord(made) ? made : undefined;
  } catch {
    // Some types have no JSON form; the options are then checked when the pipeline is loaded, only without completion.
    return undefined;
  }
}

/** The keys that an object schema knows at a path, for "did you mean"; empty if it cannot tell. */
export function knownKeys(schema: JsonSchema | undefined, path: readonly PropertyKey[]): readonly string[] {
  let nodes: readonly JsonSchema[] = schema === undefined ? [] : [schema];
  for (const key of path) nodes = nodes.flatMap(alternatives).flatMap((node) => child(node, key));
  return [...new Set(nodes.flatMap(alternatives).flatMap((node) => Object.keys(record(node["properties"]))))];
}

const record = (value: unknown): JsonSchema => (isRecord(value) ? value : {});
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const alternatives = (node: JsonSchema): readonly JsonSchema[] => [
  node,
  ...["anyOf", "oneOf", "allOf"].flatMap((key) => list(node[key]).map(record).flatMap(alternatives)),
];

function child(node: JsonSchema, key: PropertyKey): readonly JsonSchema[] {
  const properties = record(node["properties"]);
  const name = String(key);
  if (Object.hasOwn(properties, name)) return [record(properties[name])];
  return typeof key === "number" && node["items"] !== undefined ? [record(node["items"])] : [];
}

/**
 * The JSON Schema of a pipeline file, with the options of the given plugins' stages: editors complete and check with it.
 * Stages of other plugins are accepted with any options.
 */
export function pipelineSchema(plugins: readonly Plugin[]): JsonSchema {
  const { required, ...base } = jsonSchemaOf(envelope) ?? {};
  const properties = { ...record(base["properties"]) };
  const names = [...roles.map((role) => [role, role] as const), ...Object.entries(aliases)];
  const all = plugins.flatMap((plugin) =>
    Object.entries(plugin.stages).map(([name, stage]) => ({ use: `${referenceName(plugin.name)}#${name}`, stage })),
  );
  const whole: Record<string, JsonSchema> = {};
  for (const [key, kind] of names) {
    const others = all.filter(({ stage }) => stage.kind !== kind).map(({ use }) => use);
    const fitting = all.filter(({ stage }) => stage.kind === kind).map(optionsOf);
    properties[key] = stageSchema(record(properties[key]), fitting, others);
    whole[key] = { type: "object", required: ["use"], ...allOf(fitting.flatMap(wholeOptions)) };
  }
  const partial = { anyOf: [{ required: ["extends"] }, { required: ["params"] }] };
  return {
    ...base,
    title: "LEADer pipeline",
    properties,
    required: list(required).filter((key) => key === "apiVersion"),
    // What a file leaves out may stand in what it extends, or be set by a param.
    if: { not: partial },
    then: { required, properties: whole },
  };
}

interface KnownStage {
  readonly use: string;
  readonly summary: string;
  /** Without what is required. */
  readonly options: JsonSchema;
  readonly required: readonly unknown[];
}

function optionsOf({ use, stage }: { readonly use: string; readonly stage: AnyStage }): KnownStage {
  const { $schema: _, required, ...options } = jsonSchemaOf(stage.options) ?? {};
  return { use, summary: stage.summary, options, required: list(required) };
}

const onlyFor = (use: string, then: JsonSchema): JsonSchema => ({ if: { properties: { use: { const: use } }, required: ["use"] }, then });

/** JSON Schema knows no empty list of conditions. */
const allOf = (conditions: readonly JsonSchema[]): JsonSchema => (conditions.length === 0 ? {} : { allOf: conditions });

/** What a stage must be told, if its file stands by itself. */
const wholeOptions = ({ use, required }: KnownStage): readonly JsonSchema[] =>
  required.length === 0 ? [] : [onlyFor(use, { properties: { with: { required } }, required: ["with"] })];

function stageSchema(general: JsonSchema, stages: readonly KnownStage[], ofOtherKinds: readonly string[]): JsonSchema {
  const { required: _, ...rest } = general;
  const properties = record(general["properties"]);
  const use = {
    ...record(properties["use"]),
    // Completion offers the known names; any other reference is as good, unless it is known to be of another kind.
    anyOf: [...stages.map((s) => ({ const: s.use, description: s.summary })), { type: "string", pattern: "^.+#.+$" }],
    ...(ofOtherKinds.length === 0 ? {} : { not: { enum: ofOtherKinds } }),
  };
  const conditions = stages.map((stage) => onlyFor(stage.use, { properties: { with: stage.options } }));
  // A file that extends another one takes a stage away by null.
  const type = rest["type"] === "object" ? { type: ["object", "null"] } : {};
  return { ...rest, ...type, properties: { ...properties, use }, ...allOf(conditions) };
}
