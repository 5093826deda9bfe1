import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { z } from "zod";
import { errors } from "../../error-codes.js";
import { differencesOf, type Difference } from "./compare.js";
import { pinnedPipeline, type PinnedPackage, type PinnedPipeline } from "../pinned.js";

/** Name of the file that pins the pipelines of a folder or a project. */
export const lockName = "leader.lock";

const lockFile = z.strictObject({
  lockVersion: z.literal(1),
  /** By the path of the pipeline file, relative to the lock. */
  pipelines: z.record(z.string(), pinnedPipeline),
});
export type LockFile = z.output<typeof lockFile>;

/** The lock in a folder or the nearest one above it. */
export function findLock(folder: string): string | undefined {
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (existsSync(join(at, lockName))) return join(at, lockName);
    if (at === dirname(at)) return undefined;
  }
}

/** How a lock names a pipeline file. */
export const nameInLock = (lock: string, pipeline: string): string =>
  relative(dirname(resolve(lock)), resolve(pipeline))
    .split(sep)
    .join("/");

/** Errors: `LOCK_UNREADABLE`. */
export async function readLock(path: string): Promise<LockFile> {
  try {
    return lockFile.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    const problem = error instanceof z.ZodError ? z.prettifyError(error).split("\n").slice(0, 2).join(" ") : String(error);
    throw errors.LOCK_UNREADABLE({ lock: path, problem });
  }
}

/** The text of a lock: sorted, so that its changes can be reviewed. */
export function lockText(pipelines: LockFile["pipelines"]): string {
  const sorted = Object.fromEntries(Object.entries(pipelines).sort(([a], [b]) => (a < b ? -1 : 1)));
  return `${JSON.stringify({ lockVersion: 1, pipelines: sorted } satisfies LockFile, undefined, 2)}\n`;
}

/** What a lock says of one pipeline, and what is not as it says. */
export class PipelineLock {
  /** The lock file. */
  readonly path: string;
  readonly #pinned: PinnedPipeline;

  constructor(path: string, pinned: PinnedPipeline) {
    this.path = path;
    this.#pinned = pinned;
  }

  /**
   * The lock of a pipeline file.
   * @param stated its path; `true`: the nearest one
   * Errors: `LOCK_MISSING`, `LOCK_UNREADABLE`, `LOCK_WITHOUT_PIPELINE`.
   */
  static async open(pipeline: string, stated: string | true): Promise<PipelineLock> {
    const path = stated === true ? findLock(dirname(resolve(pipeline))) : stated;
    if (path === undefined || !existsSync(path)) throw errors.LOCK_MISSING({ pipeline, lock: path ?? lockName });
    const { pipelines } = await readLock(path);
    const name = nameInLock(path, pipeline);
    const pinned = Object.hasOwn(pipelines, name) ? pipelines[name] : undefined;
    if (pinned === undefined) throw errors.LOCK_WITHOUT_PIPELINE({ lock: path, name, known: Object.keys(pipelines) });
    return new PipelineLock(path, pinned);
  }

  /** In what a plugin is not the one that was locked: asked before any of its code runs. */
  differencesOfPlugin(found: PinnedPackage): readonly Difference[] {
    const locked = this.#pinned.plugins.find(({ name }) => name === found.name);
    // The version of a plugin that is a single file stands in its code, which has not run yet.
    const version = found.version === "" ? (locked?.version ?? "") : found.version;
    const only = (plugins: PinnedPackage[]): PinnedPipeline => ({ ...this.#pinned, plugins });
    return differencesOf(only(locked === undefined ? [] : [locked]), only([{ ...found, version }]));
  }

  differences(now: PinnedPipeline): readonly Difference[] {
    return differencesOf(this.#pinned, now);
  }
}
