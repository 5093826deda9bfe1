import type { AnyStage, StageKind } from "@leader/core";
import { defined, keysOf } from "@leader/graph";
import { dirname, join, resolve } from "node:path";
import { errors } from "../../error-codes.js";
import type { LoadedPlugin } from "../plugins/load.js";
import type { PipelineExtension, PipelineObject, PipelineOptions, PluginInfo, ResolvedConfig } from "../types.js";
import { standardFiles } from "../standard.js";
import { stopOn } from "./diagnostic.js";
import { composeObject, composeText, type ComposedDocument } from "./composed.js";
import type { ConfigDocument } from "./document.js";
import type { ParentText } from "./layers/layer.js";
import { aliases, envelope, keyOfRole, roles, type Envelope, type StageReference } from "../envelope.js";
import { differenceText, type Difference } from "../pins/compare.js";
import { PipelineLock } from "../pins/lock.js";
import { pinPipeline } from "../pins/pin-pipeline.js";
import type { PinnedPipeline } from "../pinned.js";
import { deepFreeze } from "./freeze.js";
import { validatePart, validOrStop } from "./issues.js";
import { configOf, filledRoles, referencesOf, type References } from "./references.js";
import { StageReader, type LoadEvent, type SelectedStage } from "./stage-reader.js";
import { separateRecords } from "./stage-records.js";

/** Where a pipeline comes from, in a form that can be sent to another process unless it holds stage records. */
export type PipelineSource = (
  | { readonly kind: "text"; readonly text: string; readonly file: string }
  | { readonly kind: "object"; readonly object: PipelineObject | PipelineExtension; readonly directory: string }
) & {
  /** What it extends, where that was read before: another process composes the same pipeline, whatever has become of the files. */
  readonly parents?: readonly ParentText[];
};

/** A pipeline that is read and checked, but of which nothing is built yet. */
export interface Blueprint {
  readonly source: PipelineSource;
  readonly options: PipelineOptions;
  readonly document: ComposedDocument;
  /** The folder that relative paths are relative to. */
  readonly directory: string;
  readonly config: ResolvedConfig;
  /** The stages as they were named, by the file or by the program. */
  readonly references: References;
  readonly plugins: readonly PluginInfo[];
  readonly loaded: readonly LoadedPlugin[];
  /** Empty if no plugin was loaded (`load: false`). */
  readonly selected: ReadonlyMap<StageKind, SelectedStage>;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
  /** To the byte, where a lock asked for it. */
  readonly pinned?: PinnedPipeline;
}

const defaultUncertainty: StageReference = { use: "leader#stein" };

/**
 * Reads a pipeline in phases: syntax, envelope, references, plugins, options. A phase reports all it finds, and the next one
 * begins only if it found nothing. Errors: `ConfigError`.
 */
export async function readBlueprint(
  source: PipelineSource,
  given: PipelineOptions,
  emit: (event: LoadEvent) => void = () => undefined,
): Promise<Blueprint> {
  const options = { ...given, files: { ...(await standardFiles()), ...given.files } };
  const directory = source.kind === "text" ? dirname(resolve(source.file)) : resolve(source.directory);
  const { plain, records } =
    source.kind === "object" ? separateRecords(source.object) : { plain: undefined, records: new Map<StageKind, AnyStage>() };
  const { set, params, localFiles, plugins: allowed, bundled } = options;
  const composing = { set, params, localFiles, plugins: allowed, bundled, parents: source.parents };
  const document =
    source.kind === "text" ? await composeText(source.text, source.file, composing) : await composeObject(plain, directory, composing);
  const head = await readEnvelope(document);
  const stated = referencesOf(head, options, document);
  const lock = await lockOf(source, options);
  const reader = new StageReader(document, directory, records, options, { emit, lock });
  const { references, selected } = options.load === false ? located(reader, stated) : await loaded(reader, stated);
  const config = deepFreeze(configOf(head, references, selected));
  const { plugins, loaded: all, warnings } = reader;
  const read = {
    source: { ...source, parents: document.parents },
    options,
    document,
    directory,
    config,
    references,
    plugins,
    loaded: all,
    selected,
    warnings,
  };
  const pinned = lock === undefined ? undefined : await pinsOf(read);
  if (lock !== undefined && pinned !== undefined) requireLocked(lock, pinned, document);
  return { ...read, ...defined({ pinned }) };
}

/** Only files have locks. */
async function lockOf(source: PipelineSource, { locked }: PipelineOptions): Promise<PipelineLock | undefined> {
  if (locked === undefined || locked === false) return undefined;
  const file = source.kind === "text" ? source.file : join(source.directory, "pipeline");
  return await PipelineLock.open(file, locked);
}

/** The pipeline to the byte. */
export async function pinsOf(blueprint: Omit<Blueprint, "pinned">): Promise<PinnedPipeline> {
  const { directory, options } = blueprint;
  return await pinPipeline(blueprint, { directory, files: options.files ?? {} });
}

/** Errors: `ConfigError` with everything that is not as the lock says, where it stands. */
function requireLocked(lock: PipelineLock, pinned: PinnedPipeline, document: ConfigDocument): void {
  const place = ({ what, name }: Difference): readonly string[] => {
    const [first = "", ...rest] = what === "option" || what === "stage" ? name.split(".") : [];
    const role = roles.find((one) => one === first);
    const key = role === undefined ? first : keyOfRole(document, role);
    return what === "stage" ? [key, "use"] : first === "" ? [] : [key, ...rest];
  };
  stopOn(
    lock
      .differences(pinned)
      .map((found) => document.diagnose(errors.LOCK_DIFFERS({ lock: lock.path, difference: differenceText(found) }), place(found))),
  );
}

async function readEnvelope(document: ConfigDocument): Promise<Envelope> {
  const head = validOrStop(await validatePart(envelope, [], document.value ?? {}, "the pipeline", document));
  const conflicts = keysOf(aliases).filter((alias) => head[alias] !== undefined && head[aliases[alias]] !== undefined);
  stopOn(conflicts.map((key) => document.diagnose(errors.CONFIG_KEY_CONFLICT({ key, other: aliases[key] }), [key], "key")));
  return head;
}

interface Chosen {
  readonly references: References;
  readonly selected: ReadonlyMap<StageKind, SelectedStage>;
}

/** Finds the plugins and runs none of them. */
function located(reader: StageReader, references: References): Chosen {
  reader.locate(filledRoles(references));
  return { references, selected: new Map() };
}

/** If a stage needs an uncertainty and none is named, the default estimator is chosen, visibly. */
async function loaded(reader: StageReader, references: References): Promise<Chosen> {
  const selected = await reader.select(filledRoles(references));
  const needed = [...selected.values()].some(({ stage }) => stage.requires?.includes("prior.uncertainty") === true);
  if (!needed || selected.has("uncertainty")) return { references, selected };
  const added = await reader.select(new Map([["uncertainty", defaultUncertainty]]));
  return { references: { ...references, uncertainty: defaultUncertainty }, selected: new Map([...selected, ...added]) };
}
