import { defined, isLeaderError, type LeaderError } from "@leader/graph";
import type { AnyStage, StageKind } from "@leader/core";
import { errors } from "../../error-codes.js";
import { nearest } from "../nearest.js";
import { differenceText } from "../pins/compare.js";
import type { PipelineLock } from "../pins/lock.js";
import { pinOf } from "../pins/pins.js";
import { PluginLoader, type LoadedPlugin } from "../plugins/load.js";
import { adviceOn, parseReference, type ParsedReference } from "../plugins/reference.js";
import type { PipelineOptions, PluginInfo } from "../types.js";
import { stopOn, type Diagnostic } from "./diagnostic.js";
import type { ConfigDocument } from "./document.js";
import { keyOfRole, type StageReference } from "../envelope.js";
import { validatePart } from "./issues.js";
import type { Records } from "./stage-records.js";

/** A stage that takes part, with checked options. */
export interface SelectedStage {
  readonly role: StageKind;
  readonly use: string;
  readonly options: unknown;
  readonly stage: AnyStage;
}

/** Said before the code of a plugin runs, and when it has: what happens to the process in between is its doing. */
export interface LoadEvent {
  readonly type: "plugin-load" | "plugin-loaded";
  readonly plugin: string;
}

type References = ReadonlyMap<StageKind, StageReference>;

/** Finds, loads and checks the stages of a pipeline. */
export class StageReader {
  readonly warnings: { readonly code: string; readonly message: string }[] = [];
  readonly plugins: PluginInfo[] = [];
  readonly loaded: LoadedPlugin[] = [];
  readonly #document: ConfigDocument;
  readonly #records: Records;
  readonly #loader: PluginLoader;
  readonly #emit: (event: LoadEvent) => void;
  readonly #lock: PipelineLock | undefined;

  constructor(
    document: ConfigDocument,
    directory: string,
    records: Records,
    options: PipelineOptions,
    { emit, lock }: { readonly emit: (event: LoadEvent) => void; readonly lock: PipelineLock | undefined },
  ) {
    this.#emit = emit;
    this.#lock = lock;
    this.#document = document;
    this.#records = records;
    const { bundled, importSeconds, localPlugins, plugins } = options;
    this.#loader = new PluginLoader({
      directory,
      ...defined({ bundled, importSeconds, localPlugins, plugins }),
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
        const changes = await this.#changesOf(plugin, isFile);
        problems.push(...changes.map((error) => this.#atUse(role, error)));
        if (changes.length > 0) continue;
        this.#emit({ type: "plugin-load", plugin });
        const made = await this.#loader.load(plugin, isFile);
        this.#emit({ type: "plugin-loaded", plugin });
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

  /** In what a plugin is not the one that was locked, before any of its code runs. */
  async #changesOf(plugin: string, isFile: boolean): Promise<readonly LeaderError[]> {
    if (this.#lock === undefined) return [];
    const { name, manifest, path } = this.#loader.locate(plugin, isFile);
    const { path: lock } = this.#lock;
    const found = this.#lock.differencesOfPlugin(await pinOf({ name, version: manifest?.version ?? "", path }));
    return found.map((difference) => errors.LOCK_DIFFERS({ lock, difference: differenceText(difference) }));
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
