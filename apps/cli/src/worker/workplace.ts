import type { Once } from "@leader/graph";
import { defined } from "@leader/graph/records";
import type { CallOptions, SessionLimits } from "leader-restore/supervision";
import type { tasksOf } from "./handlers.js";
import type { OpenPipeline } from "./open-pipeline.js";
import { builtEntry } from "../own-folder.js";
import { openPlace, type Place } from "./place.js";
import type { PipelineRequest, Tasks } from "./tasks.js";

/** Where the tasks of a command are computed. */
export type Workplace = Place<Tasks>;

export interface WorkplaceOptions {
  /** Set up before the first task, in every process that is started. */
  readonly pipeline?: PipelineRequest;
  readonly limits?: SessionLimits;
  /** `false`: in this process, without any protection. Default `true`: in a supervised one. */
  readonly isolate?: boolean;
}

/** A place to work: a process that can be ended whatever it is doing, unless this process is asked for. Errors: `LIMIT_INVALID`. */
export function openWorkplace({ pipeline, limits = {}, isolate = true }: WorkplaceOptions): Workplace {
  if (!isolate) return new ThisProcess(pipeline);
  return openPlace<Tasks>({
    entry: builtEntry("worker/main.js"),
    limits,
    ...defined({ setup: pipeline && { method: "open", argument: pipeline } }),
  });
}

/** What computes in this process; none of it is loaded where another does the work. */
interface Own {
  readonly opened: OpenPipeline;
  readonly ready: Once<void, [PipelineRequest, (event: unknown) => void]>;
  readonly tasks: ReturnType<typeof tasksOf>;
}

class ThisProcess implements Workplace {
  readonly #pipeline: PipelineRequest | undefined;
  #own: Promise<Own> | undefined;

  constructor(pipeline: PipelineRequest | undefined) {
    this.#pipeline = pipeline;
  }

  async do<K extends keyof Tasks>(task: K, argument: Tasks[K][0], options: CallOptions = {}): Promise<Tasks[K][1]> {
    const { ready, tasks } = await (this.#own ??= ownTasks());
    const emit = (event: unknown): void => options.onEvent?.(event);
    if (this.#pipeline !== undefined) await ready.get(this.#pipeline, emit);
    return await tasks[task](argument, { emit, signal: options.signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#own)?.opened[Symbol.asyncDispose]();
  }
}

async function ownTasks(): Promise<Own> {
  const [{ Once }, { OpenPipeline }, { tasksOf }] = await Promise.all([
    import("@leader/graph"),
    import("./open-pipeline.js"),
    import("./handlers.js"),
  ]);
  const opened = new OpenPipeline({ noiseThread: false });
  return { opened, ready: new Once((pipeline, emit) => opened.open(pipeline, emit)), tasks: tasksOf(opened) };
}
