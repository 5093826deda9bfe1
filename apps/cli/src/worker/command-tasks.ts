import type { PinnedPipeline } from "leader-restore";

export interface ReportRequest {
  /** Folder of a run, or of such folders. */
  readonly path: string;
  /** The page; default: beside the run. */
  readonly output?: string;
}

export interface InspectRequest {
  readonly file: string;
  readonly size: string;
  readonly keys: boolean;
}

export interface ImportRequest {
  readonly file: string;
  readonly output: string;
  readonly size: string;
  readonly headChannels?: string;
  readonly heads?: string;
  readonly newAttentionOrder?: boolean;
  readonly overwrite: boolean;
}

export interface LpipsRequest {
  readonly weights: string;
  readonly output: string;
}

export interface SampleRequest {
  readonly file: string;
  readonly size: string;
  readonly seed: string;
  readonly overwrite: boolean;
}

export type CacheAction = "list" | "path" | "clear";

export interface LockRequest {
  /** Default: the one beside the first pipeline or above, else a new one beside it. */
  readonly output?: string;
  readonly pipelines: readonly string[];
  /** What each of them is; without it the lock is only read, so that one that cannot be is refused first. */
  readonly pinned?: readonly PinnedPipeline[];
  /** Change nothing. */
  readonly check: boolean;
}

export interface PluginCheckRequest {
  /** Of the package. */
  readonly folder: string;
}

/** Tasks that are the whole work of a command: they say what it says, and result in its exit code. */
export interface CommandTasks {
  report: [argument: ReportRequest, result: number];
  inspect: [argument: InspectRequest, result: number];
  import: [argument: ImportRequest, result: number];
  importLpips: [argument: LpipsRequest, result: number];
  sample: [argument: SampleRequest, result: number];
  cache: [argument: CacheAction, result: number];
  lock: [argument: LockRequest, result: number];
  pluginCheck: [argument: PluginCheckRequest, result: number];
}
