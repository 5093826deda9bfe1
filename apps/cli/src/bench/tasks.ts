import type { JsonSchema } from "leader-restore";
import type { Shard } from "../shard.js";
import type { Unit, UnitRecord } from "./unit.js";

/** The bench that a working process reads. */
export interface BenchRequest {
  readonly file: string;
  readonly set: readonly string[];
  readonly params: Readonly<Record<string, string>>;
  readonly quick: boolean;
  /** Names of metrics to leave out. */
  readonly without: readonly string[];
  /** `false`: no code that lies with the bench file. */
  readonly localPlugins: boolean;
  /** Memory that each process may use. */
  readonly memoryMiB?: number;
}

/** Which part of a bench is to be computed. */
export interface PlanRequest {
  /** Folder of the results; without it nothing is written, and everything is to be computed. */
  readonly output?: string;
  readonly shard: Shard;
  /** Also units that failed, where another try hardly helps. */
  readonly retryFailed: boolean;
}

/** A method on a task, with what is to be computed of it. */
export interface PlannedCombination {
  /** Place among all combinations. */
  readonly number: number;
  readonly units: readonly Unit[];
}

/** What a bench has to do. */
export interface BenchPlan {
  readonly methods: number;
  readonly tasks: number;
  readonly pictures: number;
  readonly seeds: number;
  /** Units of all shards. */
  readonly units: number;
  /** Units of this shard. */
  readonly mine: number;
  /** Those that have something to do, in the order of the plan, which puts first what others are compared with. */
  readonly pending: readonly PlannedCombination[];
  /** Seconds of one unit, as measured before. */
  readonly secondsPerUnit?: number;
}

/** How far a bench is, with its tables if every unit has a record. */
export interface BenchOutcome {
  readonly units: number;
  readonly done: number;
  readonly failed: number;
  readonly tables?: { readonly text: string; readonly files: readonly string[] };
}

/** What the working process of a bench can be asked: argument and result of each task. */
export interface BenchTasks {
  /** The JSON Schema of bench files. */
  schema: [argument: undefined, result: JsonSchema];
  open: [argument: BenchRequest, result: undefined];
  plan: [argument: PlanRequest, result: BenchPlan];
  /** Sets up and traces the pipeline of a combination. */
  check: [argument: number, result: undefined];
  /** Computes one unit and writes its record. */
  measure: [argument: { readonly output: string; readonly unit: string }, result: UnitRecord];
  finish: [argument: { readonly output: string }, result: BenchOutcome];
}
