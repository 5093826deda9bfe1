import type { AnyStage, Plugin } from "@leader/core";
import { jsonSchemaOf, referenceName, type JsonSchema } from "leader-restore";
import { isRecord } from "@leader/graph";

/** `docs/stages.md`: every stage of the given plugins with its options, from their schemas. */
export function stagesPage(plugins: readonly Plugin[]): string {
  const sections = plugins.flatMap((plugin) => {
    const reference = referenceName(plugin.name);
    const stages = Object.entries(plugin.stages).map(([name, stage]) => stageSection(reference, name, stage));
    return [`## ${reference}\n`, ...stages];
  });
  return ["# Stages\n", "Made by `npm run docs` from the plugins themselves.\n", ...sections].join("\n");
}

function stageSection(plugin: string, name: string, stage: AnyStage): string {
  const facts = [
    `Kind: \`${stage.kind}\`.`,
    ...(stage.requires === undefined || stage.requires.length === 0
      ? []
      : [`Needs: ${stage.requires.map((power) => `\`${power}\``).join(", ")}.`]),
    ...(stage.reference === undefined ? [] : [`Source: ${stage.reference}.`]),
  ];
  return `### \`${plugin}#${name}\`\n\n${capitalised(stage.summary)}. ${facts.join(" ")}\n\n${optionsTable(jsonSchemaOf(stage.options))}\n`;
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const record = (value: unknown): JsonSchema => (isRecord(value) ? value : {});
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function optionsTable(schema: JsonSchema | undefined): string {
  const alternatives = list(schema?.["anyOf"] ?? schema?.["oneOf"]);
  if (alternatives.length > 0) {
    return alternatives.map((each, i) => `${i === 0 ? "Either" : "Or"}:\n\n${optionsTable(record(each))}`).join("\n\n");
  }
  const options = Object.entries(record(schema?.["properties"]));
  if (options.length === 0) return "No options.";
  const required = new Set(list(schema?.["required"]));
  const rows = options.map(([name, property]) => {
    const facts = record(property);
    const standard = "default" in facts ? `\`${JSON.stringify(facts["default"])}\`` : required.has(name) ? "required" : "";
    const description = facts["description"];
    return `| \`${name}\` | ${typeText(facts)} | ${standard} | ${cell(typeof description === "string" ? description : "")} |`;
  });
  return ["| option | values | default | meaning |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

/** Pipes would end the cell. */
const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

/** The values that a JSON Schema allows, in few words. */
function typeText(schema: JsonSchema): string {
  if ("const" in schema) return `\`${JSON.stringify(schema["const"])}\``;
  const values = list(schema["enum"]);
  if (values.length > 0) return values.map((value) => `\`${String(value)}\``).join(", ");
  const alternatives = list(schema["anyOf"] ?? schema["oneOf"]);
  if (alternatives.length > 0) return alternatives.map((each) => typeText(record(each))).join(" or ");
  const type = typeof schema["type"] === "string" ? schema["type"] : "any";
  if (type === "array") return `list of ${typeText(record(schema["items"]))}`;
  if (type === "object" && schema["properties"] !== undefined) {
    return `{ ${Object.entries(record(schema["properties"]))
      .map(([key, value]) => `${key}: ${typeText(record(value))}`)
      .join(", ")} }`;
  }
  return `${type}${boundsText(schema)}`;
}

/** JSON Schema writes the bounds of safe integers out; they say nothing to people. */
function boundsText(schema: JsonSchema): string {
  const bound = (key: string): number | undefined => {
    const value = schema[key];
    return typeof value === "number" && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : undefined;
  };
  const parts = [
    ["minimum", "≥"],
    ["exclusiveMinimum", ">"],
    ["maximum", "≤"],
    ["exclusiveMaximum", "<"],
  ].flatMap(([key, sign]) => {
    const value = bound(key!);
    return value === undefined ? [] : [`${sign!} ${value}`];
  });
  return parts.length === 0 ? "" : ` ${parts.join(", ")}`;
}
