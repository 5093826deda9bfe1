import { isLeaderError } from "@leader/graph";
import type { AnyStage, StageKind } from "@leader/core";
import { dirname, resolve } from "node:path";
import { errors } from "../../error-codes.js";
import { PluginLoader, type LoadedPlugin } from "../plugins/load.js";
import { adviceOn, parseReference, type ParsedReference } from "../plugins/reference.js";
import { problemOfStage } from "../plugins/shape.js";
import { standardDenoiser, standardPrior } from "../standard.js";
import type { PipelineObject, PipelineOptions, PluginInfo, ResolvedConfig, ResolvedStage } from "../types.js";
import { stopOn, type Diagnostic } from "./diagnostic.js";
import { documentOfObject, parseDocumentText, type ConfigDocument } from "./document.js";
import { aliases, envelope, fileVersion, roles, type Envelope, type StageReference } from "./envelope.js";
import { deepFreeze } from "./freeze.js";
import { validatePart } from "./issues.js";
import { nearest } from "../nearest.js";

/** Where a pipeline comes from, in a form that can be sent to another process unless it holds stage records. */
export type PipelineSource =
  | { readonly kind: "text"; readonly text: string; readonly file: string }
  | { readonly kind: "object"; readonly object: PipelineObject; readonly directory: string };

/** A stage that takes part, with checked options. */
export interface SelectedStage {
  readonly role: StageKind;
  readonly use: string;
  readonly options: unknown;
  readonly stage: AnyStage;
}

/** Said before the code of a plugin runs: what happens to the process then is its doing. */
export interface LoadEvent {
  readonly type: "plugin-load";
  readonly plugin: string;
}

/** A pipeline that is read and checked, but of which nothing is built yet. */
export interface Blueprint {
  readonly source: PipelineSource;
  readonly options: PipelineOptions;
  readonly document: ConfigDocument;
  /** The folder that relative paths are relative to. */
  readonly directory: string;
  readonly config: ResolvedConfig;
  readonly plugins: readonly PluginInfo[];
  readonly loaded: readonly LoadedPlugin[];
  /** Empty if no plugin was loaded (`load: false`). */
  readonly selected: ReadonlyMap<StageKind, SelectedStage>;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

const defaultScheduler: StageReference = { use: "leader#uniform", with: { steps: 100 } };
const defaultBackend: StageReference = { use: "@leader/backend-onnx#cpu" };
const defaultUncertainty: StageReference = { use: "leader#stein" };

type References = ReadonlyMap<StageKind, StageReference>;
type Records = ReadonlyMap<StageKind, AnyStage>;

/**
 * Reads a pipeline in phases: syntax, envelope, references, plugins, options. A phase reports all it finds, and the next one
 * begins only if it found nothing. Errors: `ConfigError`.
 */
export async function readBlueprint(
  source: PipelineSource,
  options: PipelineOptions,
  emit: (event: LoadEvent) => void = () => undefined,
): Promise<Blueprint> {
  const directory = source.kind === "text" ? dirname(resolve(source.file)) : resolve(source.directory);
  const { plain, records } =
    source.kind === "object" ? separateRecords(source.object) : { plain: undefined, records: new Map<StageKind, AnyStage>() };
  const overrides = options.set ?? [];
  const document =
    source.kind === "text" ? parseDocumentText(source.text, source.file, overrides) : documentOfObject(plain, "pipeline", overrides);
  const head = await readEnvelope(document);
  const references = await referencesOf(head, options, document);
  const reader = new StageReader(document, directory, records, options, emit);
  const selected = options.load === false ? new Map<StageKind, SelectedStage>() : await reader.select(references);
  const warnings = reader.warnings;
  if (options.load === false) reader.locate(references);
  else await addUncertainty(reader, selected, references);
  const config = deepFreeze(configOf(head, references, selected));
  return { source, options, document, directory, config, plugins: reader.plugins, loaded: reader.loaded, selected, warnings };
}

/** Takes stage records out of a pipeline object and puts names in their place. */
function separateRecords(object: PipelineObject): { readonly plain: unknown; readonly records: Records } {
  const records = new Map<StageKind, AnyStage>();
  const entries = Object.entries({ apiVersion: fileVersion, ...object } as Readonly<Record<string, unknown>>).map(([key, value]) => {
    const role = (Object.hasOwn(aliases, key) ? aliases[key as keyof typeof aliases] : key) as StageKind;
    const use: unknown = typeof value === "object" && value !== null ? (value as { readonly use?: unknown }).use : undefined;
    if (!roles.includes(role) || typeof use !== "object" || use === null) return [key, value] as const;
    const problem = problemOfStage(use);
    if (problem !== undefined) throw errors.STAGE_MALFORMED({ reference: key, problem });
    records.set(role, use as AnyStage);
    return [key, { ...(value as object), use: `code#${role}` }] as const;
  });
  return { plain: Object.fromEntries(entries), records };
}

async function readEnvelope(document: ConfigDocument): Promise<Envelope> {
  const result = await validatePart(envelope, [], document.value ?? {}, "the pipeline", document);
  if ("diagnostics" in result) stopOn(result.diagnostics);
  const head = (result as { readonly value: unknown }).value as Envelope;
  const conflicts = Object.entries(aliases).filter(
    ([alias, role]) => head[alias as keyof typeof aliases] !== undefined && head[role] !== undefined,
  );
  stopOn(conflicts.map(([key, other]) => document.diagnose(errors.CONFIG_KEY_CONFLICT({ key, other }), [key], "key")));
  return head;
}

/** The stage of every role that the file or a default fills. */
async function referencesOf(head: Envelope, options: PipelineOptions, document: ConfigDocument): Promise<Map<StageKind, StageReference>> {
  const denoiser = head.denoiser ?? options.defaults?.denoiser ?? (await standardDenoiser());
  if (denoiser === undefined) {
    stopOn([
      document.diagnose(
        errors.CONFIG_MISSING_KEY({
          key: "denoiser",
          where: "the pipeline",
          expected: `the diffusion prior; with ${standardPrior} installed it may be left out`,
        }),
        [],
      ),
    ]);
  }
  const all: Readonly<Record<StageKind, StageReference | undefined>> = {
    operator: head.operator,
    denoiser,
    baseline: head.baseline,
    wrapper: head.wrapper,
    uncertainty: head.uncertainty,
    modulator: head.modulator ?? head.ucpm,
    scheduler: head.scheduler ?? head.satp ?? defaultScheduler,
    backend: head.backend ?? options.defaults?.backend ?? defaultBackend,
  };
  return new Map(roles.flatMap((role) => (all[role] === undefined ? [] : [[role, all[role]] as const])));
}

/** If a stage needs an uncertainty and none is named, the default estimator is chosen, visibly. */
async function addUncertainty(
  reader: StageReader,
  selected: Map<StageKind, SelectedStage>,
  references: Map<StageKind, StageReference>,
): Promise<void> {
  if (selected.has("uncertainty")) return;
  const needed = [...selected.values()].some(({ stage }) => stage.requires?.includes("prior.uncertainty") === true);
  if (!needed) return;
  references.set("uncertainty", defaultUncertainty);
  const added = await reader.select(new Map([["uncertainty", defaultUncertainty]]));
  for (const [role, stage] of added) selected.set(role, stage);
}

function configOf(head: Envelope, references: References, selected: ReadonlyMap<StageKind, SelectedStage>): ResolvedConfig {
  const stages = roles.flatMap((role): (readonly [string, ResolvedStage])[] => {
    const reference = references.get(role);
    if (reference === undefined) return [];
    const chosen = selected.get(role);
    return [[role, { use: reference.use, with: structuredCopy(chosen === undefined ? (reference.with ?? {}) : chosen.options) }]];
  });
  return { apiVersion: fileVersion, seed: head.seed, noise: head.noise, ...Object.fromEntries(stages) } as unknown as ResolvedConfig;
}

/** A copy, so that freezing the configuration does not freeze what the stages hold; what cannot be copied is shown as text. */
function structuredCopy(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    return String(value);
  }
}

/** The key under which a role stands in the document. */
export function keyOfRole(document: ConfigDocument, role: StageKind): string {
  const alias = Object.entries(aliases).find(([, target]) => target === role)?.[0];
  const value = document.value as Readonly<Record<string, unknown>> | null | undefined;
  return alias !== undefined && value?.[role] === undefined && value?.[alias] !== undefined ? alias : role;
}

/** Finds, loads and checks the stages of a pipeline. */
class StageReader {
  readonly warnings: { readonly code: string; readonly message: string }[] = [];
  readonly plugins: PluginInfo[] = [];
  readonly loaded: LoadedPlugin[] = [];
  readonly #document: ConfigDocument;
  readonly #records: Records;
  readonly #loader: PluginLoader;
  readonly #emit: (event: LoadEvent) => void;

  constructor(document: ConfigDocument, directory: string, records: Records, options: PipelineOptions, emit: (event: LoadEvent) => void) {
    this.#emit = emit;
    this.#document = document;
    this.#records = records;
    const { bundled, importSeconds, localPlugins, plugins } = options;
    this.#loader = new PluginLoader({
      directory,
      ...(bundled === undefined ? {} : { bundled }),
      ...(importSeconds === undefined ? {} : { importSeconds }),
      ...(localPlugins === undefined ? {} : { localPlugins }),
      ...(plugins === undefined ? {} : { plugins }),
      warn: (code, message) => this.warnings.push({ code, message }),
    });
  }

  /** Finds the plugins without running them. */
  locate(references: References): void {
    const parsed = this.#parse(references);
    const problems: Diagnostic[] = [];
    for (const [role, reference] of parsed) {
      const found = this.#attempt(role, problems, () => this.#loader.locate(reference.plugin, reference.isFile));
      if (found === undefined || this.plugins.some((p) => p.name === found.name)) continue;
      const { manifest } = found;
      this.plugins.push({
        name: found.name,
        version: manifest?.version ?? "",
        apiVersion: manifest?.apiVersion ?? "",
        path: found.path,
        origin: found.origin,
      });
    }
    stopOn(problems);
  }

  async select(references: References): Promise<Map<StageKind, SelectedStage>> {
    const parsed = this.#parse(references);
    await this.#loadAll(parsed);
    const stages = this.#lookUp(references, parsed);
    return await this.#validate(references, stages);
  }

  #parse(references: References): ReadonlyMap<StageKind, ParsedReference> {
    const parsed = new Map<StageKind, ParsedReference>();
    const problems: Diagnostic[] = [];
    for (const [role, { use }] of references) {
      if (this.#records.has(role)) continue;
      const reference = parseReference(use);
      if (reference === undefined) problems.push(this.#atUse(role, errors.REFERENCE_INVALID({ reference: use, hint: adviceOn(use) })));
      else parsed.set(role, reference);
    }
    stopOn(problems);
    return parsed;
  }

  async #loadAll(parsed: ReadonlyMap<StageKind, ParsedReference>): Promise<void> {
    const problems: Diagnostic[] = [];
    let cause: unknown;
    // One after the other: a broken plugin is then named by its own failure, not by a neighbour's.
    for (const [role, { plugin, isFile }] of parsed) {
      if (this.loaded.some((p) => p.name === plugin)) continue;
      try {
        this.#emit({ type: "plugin-load", plugin });
        const made = await this.#loader.load(plugin, isFile);
        this.loaded.push(made);
        this.plugins.push({ name: made.name, version: made.version, apiVersion: made.apiVersion, path: made.path, origin: made.origin });
      } catch (error) {
        if (!isLeaderError(error)) throw error;
        cause ??= error;
        problems.push(this.#atUse(role, error));
      }
    }
    stopOn(problems, cause);
  }

  #lookUp(references: References, parsed: ReadonlyMap<StageKind, ParsedReference>): ReadonlyMap<StageKind, AnyStage> {
    const stages = new Map<StageKind, AnyStage>();
    const problems: Diagnostic[] = [];
    for (const [role, { use }] of references) {
      const stage = this.#records.get(role) ?? this.#attempt(role, problems, () => this.#stageOf(parsed.get(role)!));
      if (stage === undefined) continue;
      if (stage.kind === role) stages.set(role, stage);
      else
        problems.push(
          this.#atUse(
            role,
            errors.STAGE_KIND_MISMATCH({ reference: use, expected: role, received: stage.kind, fitting: this.#stagesOfKind(role) }),
          ),
        );
    }
    stopOn(problems);
    return stages;
  }

  #stageOf({ plugin, stage: name }: ParsedReference): AnyStage {
    const { stages } = this.loaded.find((p) => p.name === plugin)!.plugin;
    const found = Object.hasOwn(stages, name) ? stages[name] : undefined;
    if (found !== undefined) return found;
    const known = Object.keys(stages);
    const elsewhere = this.loaded.find((p) => p.name !== plugin && Object.hasOwn(p.plugin.stages, name));
    const similar = nearest(name, known) ?? (elsewhere === undefined ? undefined : `${elsewhere.name}#${name}`);
    throw errors.STAGE_NOT_FOUND({ plugin, stage: name, similar, known });
  }

  #stagesOfKind(kind: StageKind): readonly string[] {
    return this.loaded.flatMap(({ name, plugin }) =>
      Object.entries(plugin.stages).flatMap(([stage, s]) => (s.kind === kind ? [`${name}#${stage}`] : [])),
    );
  }

  async #validate(references: References, stages: ReadonlyMap<StageKind, AnyStage>): Promise<Map<StageKind, SelectedStage>> {
    const selected = new Map<StageKind, SelectedStage>();
    const problems: Diagnostic[] = [];
    for (const [role, stage] of stages) {
      const { use, with: given } = references.get(role)!;
      const key = keyOfRole(this.#document, role);
      try {
        const result = await validatePart(stage.options, [key, "with"], given ?? {}, `the options of ${use}`, this.#document);
        if ("diagnostics" in result) problems.push(...result.diagnostics);
        else selected.set(role, { role, use, options: result.value, stage });
      } catch (error) {
        problems.push(this.#atUse(role, errors.STAGE_CHECK_FAILED({ reference: use, problem: String(error) }, { cause: error })));
      }
    }
    stopOn(problems);
    return selected;
  }

  #attempt<T>(role: StageKind, problems: Diagnostic[], f: () => T): T | undefined {
    try {
      return f();
    } catch (error) {
      if (!isLeaderError(error)) throw error;
      problems.push(this.#atUse(role, error));
      return undefined;
    }
  }

  #atUse(role: StageKind, error: Parameters<ConfigDocument["diagnose"]>[0]): Diagnostic {
    return this.#document.diagnose(error, [keyOfRole(this.#document, role), "use"]);
  }
}
