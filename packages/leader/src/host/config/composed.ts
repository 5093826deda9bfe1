import { dirname, resolve } from "node:path";
import { isRecord } from "@leader/graph";
import { paramsSchema } from "../param-schema.js";
import { stopOn } from "./diagnostic.js";
import { documentOf, type ConfigDocument } from "./document.js";
import { validatePart, validOrStop } from "./issues.js";
import type { Layer, ParentText } from "./layers/layer.js";
import { mergeLayers } from "./layers/merge.js";
import { applyParams, type PipelineParam } from "./layers/params.js";
import { readParents, type ParentRules } from "./layers/parents.js";
import { rebased } from "./layers/rebase.js";
import { valueAt, withoutKey } from "./put-at.js";
import { YamlSource } from "./yaml-source.js";

/** What is put into a configuration from outside, and what it may extend. */
export interface ComposeOptions extends ParentRules {
  /** Overrides as `path=value`, applied last. */
  readonly set?: readonly string[] | undefined;
  /** Values of its params. */
  readonly params?: Readonly<Record<string, unknown>> | undefined;
  /** What it extends, where that was read before. */
  readonly parents?: readonly ParentText[] | undefined;
}

/** A configuration with what it extends, its params and the overrides put together. */
export interface ComposedDocument extends ConfigDocument {
  readonly params: readonly PipelineParam[];
  /** What it extends, the nearest first. */
  readonly parents: readonly ParentText[];
}

/** Reads what a YAML text extends, and puts all together. Errors: `ConfigError`, each problem at the place where it stands. */
export async function composeText(text: string, file: string, options: ComposeOptions): Promise<ComposedDocument> {
  const source = new YamlSource(text, file);
  stopOn(source.diagnostics);
  const find: Layer["find"] = (path, at) => source.findOrWhole(path, at);
  const directory = dirname(resolve(file));
  return await compose({ by: "pipeline", value: source.value, find }, { name: file, file, directory, shown: dirname(file) }, options);
}

/** The same for a configuration made in code, which has no text to point into. */
export async function composeObject(value: unknown, directory: string, options: ComposeOptions): Promise<ComposedDocument> {
  const name = "pipeline";
  const find: Layer["find"] = (path) => (valueAt(value, path) === undefined ? undefined : { file: name });
  return await compose({ by: "pipeline", value, find }, { name, directory, shown: directory }, options);
}

interface Named {
  readonly name: string;
  readonly file?: string;
  readonly directory: string;
  readonly shown: string;
}

async function compose(top: Layer, named: Named, { set = [], params: given = {}, parents, ...rules }: ComposeOptions) {
  const { name, directory } = named;
  const above = parents ?? (await readParents({ ...named, value: top.value, find: top.find }, rules));
  const layers = [{ ...top, value: without("extends", top.value) }, ...above.map((parent) => layerOf(parent, directory))];
  const merged = mergeLayers(layers);
  const plain = documentOf(merged.value, name, [], merged.find);
  const stated = isRecord(merged.value) ? merged.value["params"] : undefined;
  const declared = validOrStop(await validatePart(paramsSchema, ["params"], stated ?? {}, "`params`", plain));
  const made = applyParams(without("params", merged.value), merged, declared, given);
  stopOn(made.diagnostics);
  return { ...documentOf(made.value, name, set, made.find), params: made.params, parents: above } satisfies ComposedDocument;
}

/** The texts were read without a problem before. */
function layerOf(parent: ParentText, directory: string): Layer {
  const source = new YamlSource(parent.text, parent.name);
  const value = rebased(without("extends", source.value), parent, directory);
  return { by: parent.kind, value, find: (path, at) => source.find(path, at) };
}

const without = (key: string, value: unknown): unknown => (isRecord(value) ? withoutKey(key, value) : value);
