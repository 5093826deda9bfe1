import {
  createPipeline,
  isConfigError,
  stopOn,
  type Diagnostic,
  type LoadEvent,
  type Pipeline,
  type PipelineObject,
  type PipelineOptions,
} from "leader-restore";
import { defined } from "@leader/graph/records";
import type { Bench } from "./bench-file.js";
import { errors } from "../error-codes.js";
import { nameOfMetric, sharedRoles } from "./schema.js";

/** A method on a task, as a pipeline. */
export interface Combination {
  readonly method: string;
  readonly task: string;
  readonly object: PipelineObject;
  readonly pipeline: Pipeline;
  /** Moves what is wrong with the pipeline to where the bench file states it. */
  readonly relocate: (diagnostic: Diagnostic) => Diagnostic;
}

type Path = readonly PropertyKey[];

/**
 * Reads the pipeline of every method on every task that it does not skip. A bench reports all that is wrong at once.
 * `emit` is told before the code of each plugin runs. Errors: `ConfigError`, at the places of the bench file.
 */
export async function combine(bench: Bench, options: PipelineOptions, emit?: (event: LoadEvent) => void): Promise<readonly Combination[]> {
  const combinations: Combination[] = [];
  const problems = new Map<string, Diagnostic>();
  for (const [method, { skip = [] }] of Object.entries(bench.file.methods)) {
    for (const task of Object.keys(bench.file.tasks).filter((name) => !skip.includes(name))) {
      const { object, places } = compose(bench, method, task);
      const relocate = relocator(bench, places, method);
      await located(relocate, async () => {
        const pipeline = await createPipeline(object, { ...options, directory: bench.directory }, emit);
        combinations.push({ method, task, object, pipeline, relocate });
      }).catch((error: unknown) => {
        if (!isConfigError(error)) throw error;
        // One mistake is met once for every combination that shares it.
        for (const diagnostic of error.diagnostics)
          problems.set(`${diagnostic.line ?? ""}:${diagnostic.column ?? ""}:${diagnostic.message}`, diagnostic);
      });
    }
  }
  stopOn([...problems.values(), ...withoutUncertainty(bench, combinations)]);
  return combinations;
}

/** Methods that predict no variance, where a metric judges one: neither a step does, nor do several samples show one. */
function withoutUncertainty({ file, document }: Bench, combinations: readonly Combination[]): readonly Diagnostic[] {
  const judge = file.metrics.find(({ use }) => use === "rank-correlation");
  if (judge === undefined) return [];
  const name = nameOfMetric(judge);
  return combinations
    .filter(({ pipeline: { config } }) => config.uncertainty === undefined && config.samples === undefined)
    .map(({ method, task }) => document.diagnose(errors.BENCH_NO_UNCERTAINTY({ method, task, name }), ["methods", method]));
}

/** Runs a check and moves the places of its diagnostics into the bench file. */
export async function located<T>(relocate: Combination["relocate"], check: () => Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (error) {
    if (isConfigError(error)) stopOn(error.diagnostics.map(relocate));
    throw error;
  }
}

/** The pipeline of a method on a task, and where each part of it is stated. */
function compose(
  bench: Bench,
  method: string,
  task: string,
): { readonly object: PipelineObject; readonly places: ReadonlyMap<string, Path> } {
  const { common, tasks, methods } = bench.file;
  const { operator, noise, ...ofTask } = tasks[task]!;
  const { on, samples, ...ofMethod } = methods[method]!;
  const stated = bench.points.get(method)?.origin ?? method;
  const layers: readonly (readonly [Path, Partial<Record<(typeof sharedRoles)[number], unknown>>])[] = [
    [["common"], common],
    [["tasks", task], ofTask],
    [["methods", stated], ofMethod],
    [["methods", stated, "on", task], on?.[task] ?? {}],
  ];
  const places = new Map<string, Path>([
    ["operator", ["tasks", task, "operator"]],
    ["noise", ["tasks", task, "noise"]],
  ]);
  const stages: Record<string, unknown> = {};
  for (const [path, layer] of layers) {
    for (const role of sharedRoles) {
      if (layer[role] === undefined) continue;
      stages[role] = layer[role];
      places.set(role, [...path, role]);
    }
  }
  // The stages are what the bench file says, unread so far: the pipeline that is made of them checks their form.
  return { object: { noise, operator, ...defined({ samples }), ...stages } as unknown as PipelineObject, places };
}

function relocator({ document, points }: Bench, places: ReadonlyMap<string, Path>, method: string): Combination["relocate"] {
  const stated = points.get(method)?.origin ?? method;
  return (diagnostic) => {
    const [role = "", ...rest] = diagnostic.path.split(".");
    const path = [...(places.get(role) ?? ["methods", stated]), ...rest];
    const { code, message, hint } = diagnostic;
    return { code, message, hint, path: path.join("."), ...document.locate(path, code.endsWith("_UNKNOWN_KEY") ? "key" : "value") };
  };
}
