import type { AnyStage, Plugin } from "@leader/core";
import { referenceName } from "../plugins/own.js";
import { aliases, envelope, roles } from "./envelope.js";
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
  const base = jsonSchemaOf(envelope) ?? {};
  const properties = { ...record(base["properties"]) };
  const names = [...roles.map((role) => [role, role] as const), ...Object.entries(aliases)];
  const all = plugins.flatMap((plugin) =>
    Object.entries(plugin.stages).map(([name, stage]) => ({ use: `${referenceName(plugin.name)}#${name}`, stage })),
  );
  for (const [key, kind] of names) {
    const others = all.filter(({ stage }) => stage.kind !== kind).map(({ use }) => use);
    const fitting = all.filter(({ stage }) => stage.kind === kind);
    properties[key] = stageSchema(record(properties[key]), fitting, others);
  }
  return { ...base, title: "LEADer pipeline", properties };
}

function stageSchema(
  general: JsonSchema,
  stages: readonly { readonly use: string; readonly stage: AnyStage }[],
  ofOtherKinds: readonly string[],
): JsonSchema {
  const properties = record(general["properties"]);
  const use = {
    ...record(properties["use"]),
    // Completion offers the known names; any other reference is as good, unless it is known to be of another kind.
    anyOf: [...stages.map((s) => ({ const: s.use, description: s.stage.summary })), { type: "string", pattern: "^.+#.+$" }],
    ...(ofOtherKinds.length === 0 ? {} : { not: { enum: ofOtherKinds } }),
  };
  const conditions = stages.map(({ use: name, stage }) => {
    const { $schema: _, ...options } = jsonSchemaOf(stage.options) ?? {};
    const needsOptions = Array.isArray(options["required"]) && options["required"].length > 0;
    return {
      if: { properties: { use: { const: name } }, required: ["use"] },
      then: { properties: { with: options }, ...(needsOptions ? { required: ["with"] } : {}) },
    };
  });
  return { ...general, properties: { ...properties, use }, ...(conditions.length === 0 ? {} : { allOf: conditions }) };
}
