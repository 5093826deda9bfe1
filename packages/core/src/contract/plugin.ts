import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { UpdateRule } from "./baseline.js";
import type { Backend, HostTensor } from "@leader/graph";
import type { DenoiserFactory } from "./denoiser.js";
import type { PriorModulator } from "./modulator.js";
import type { OperatorFactory } from "./operator.js";
import type { StepScheduler } from "./scheduler.js";
import type { UncertaintyEstimator } from "./uncertainty.js";
import type { RuleWrapper } from "./wrapper.js";

/** Every kind of stage and what its `create` returns. */
export interface StageKinds {
  readonly operator: OperatorFactory;
  readonly denoiser: DenoiserFactory;
  readonly baseline: UpdateRule;
  readonly wrapper: RuleWrapper;
  readonly uncertainty: UncertaintyEstimator;
  readonly modulator: PriorModulator;
  readonly scheduler: StepScheduler;
  readonly backend: Backend;
}
export type StageKind = keyof StageKinds;

/** Optional powers of other stages that a stage cannot do without; checked before anything is compiled. */
export type Capability =
  | "operator.pinv"
  | "operator.svd"
  | "operator.proxL2"
  | "denoiser.differentiable"
  | "denoiser.posteriorVariance"
  | "prior.uncertainty"
  | "baseline.freshNoise";

/** What the host offers to `create`. */
export interface StageEnvironment {
  /** A path from the configuration, relative to the file that states it. */
  resolvePath(path: string): string;
  /** Reads an array: `.npy` as stored, pictures as [C,H,W] float32 in [0,1]. */
  readArray(path: string): Promise<HostTensor>;
  warn(code: string, message: string): void;
  /** Says how far the reading of a large file is, from 0 to 1, or undefined where that is not known. The host shows it. */
  readonly loading?: (file: string, share: number | undefined) => void;
}

/**
 * One stage of a plugin: data and a factory. Make it with `defineStage`, which types `options` from the schema.
 * Methods rather than function properties, so that stages of any schema fit one record.
 */
export interface Stage<K extends StageKind = StageKind, Schema extends StandardSchemaV1 = StandardSchemaV1> {
  readonly kind: K;
  /** One line for people. */
  readonly summary: string;
  /** Paper or documentation. */
  readonly reference?: string;
  /** Standard Schema of the options; strict, so that a misspelt key is an error. */
  readonly options: Schema;
  readonly requires?: readonly Capability[];
  create(options: StandardSchemaV1.InferOutput<Schema>, environment: StageEnvironment): StageKinds[K] | Promise<StageKinds[K]>;
}

/** A stage of some kind with some schema. */
export type AnyStage = { readonly [K in StageKind]: Stage<K> }[StageKind];

/** The stages of a plugin by name. */
export type Stages = Readonly<Record<string, AnyStage>>;

/** What a plugin package exports by default: a plain object of data and factories; importing it does nothing. */
export interface Plugin<S extends Stages = Stages> {
  /** Contract version the plugin was written for. */
  readonly apiVersion: string;
  /** Name and version of its package. */
  readonly name: string;
  readonly version: string;
  readonly stages: S;
}

/** Types the options of a stage from its schema; returns its argument. */
export function defineStage<K extends StageKind, Schema extends StandardSchemaV1>(stage: Stage<K, Schema>): Stage<K, Schema> {
  return stage;
}

/** Types a plugin; returns its argument, of which every stage keeps its name, kind and options. */
export function definePlugin<const S extends Stages>(plugin: Plugin<S>): Plugin<S & Stages> {
  return plugin;
}
