import { isRecord } from "@leader/graph";
import type { StageKind } from "@leader/core";
import { keyOfRole, roles } from "../envelope.js";
import type { ResolvedConfig, ResolvedStage } from "../types.js";
import type { ConfigDocument } from "./document.js";
import type { StatedBy } from "./layers/layer.js";
import { valueAt } from "./put-at.js";
import type { References } from "./references.js";

/** A value of a pipeline after defaults, and where it came from. */
export interface ExplainedValue {
  /** As `--set` writes it. */
  readonly path: string;
  readonly value: unknown;
  /**
   * Who stated it: the pipeline itself, a file or a preset that it extends, a param, `--set`; or nobody, and then it is the default of
   * the stage's options or of the program.
   */
  readonly by: StatedBy | "stage" | "program";
  /** The file, or `--set`, `--param`; for a default of a stage, the stage. */
  readonly source: string;
  readonly line?: number;
  readonly column?: number;
  /** The param that set it. */
  readonly param?: string;
}

interface Explained {
  readonly document: ConfigDocument;
  readonly config: ResolvedConfig;
  readonly references: References;
}

/** Every value of a pipeline, and where it came from. */
export function explain({ document, config, references }: Explained): readonly ExplainedValue[] {
  const stages = roles.flatMap((role) => {
    const stage = config[role];
    return stage === undefined ? [] : stageValues(document, role, stage, references[role]?.with);
  });
  const values = leaves([], { seed: config.seed, noise: config.noise, samples: config.samples ?? 1, meanOf: config.meanOf ?? 1 });
  return [...values.map(([path, value]) => explained(document, path, value, "program", "leader")), ...stages];
}

/** @param given the options that the stage was given, by the file or by the program that chose it */
function stageValues(
  document: ConfigDocument,
  role: StageKind,
  { use, with: options }: ResolvedStage,
  given: unknown,
): readonly ExplainedValue[] {
  const key = keyOfRole(document, role);
  const values = leaves([], options).map(([path, value]) => {
    const [by, source] = valueAt(given, path) === undefined ? (["stage", use] as const) : (["program", "leader"] as const);
    return explained(document, [key, "with", ...path], value, by, source);
  });
  return [explained(document, [key, "use"], use, "program", "leader"), ...values];
}

function explained(
  document: ConfigDocument,
  path: readonly string[],
  value: unknown,
  by: "stage" | "program",
  source: string,
): ExplainedValue {
  const stated = document.statedAt(path);
  const name = path.join(".");
  if (stated === undefined) return { path: name, value, by, source };
  const { file, line, column } = stated.place;
  return {
    path: name,
    value,
    by: stated.by,
    source: file,
    ...(line === undefined || column === undefined ? {} : { line, column }),
    ...(stated.param === undefined ? {} : { param: stated.param }),
  };
}

/** The values of a tree that are no mappings, by their paths; an empty mapping is a value. */
function leaves(path: readonly string[], value: unknown): readonly (readonly [path: readonly string[], value: unknown])[] {
  if (!isRecord(value) || ArrayBuffer.isView(value)) return [[path, value]];
  const entries = Object.entries(value);
  // Options of their own place are none where a stage has none.
  if (entries.length === 0 && path.length > 0) return [[path, value]];
  return entries.flatMap(([key, inner]) => leaves([...path, key], inner));
}
