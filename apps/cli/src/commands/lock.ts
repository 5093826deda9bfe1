import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import {
  checkOrdinaryFile,
  differencesOf,
  differenceText,
  findLock,
  lockName,
  lockText,
  nameInLock,
  readLock,
  writeFileAtomically,
  type LockFile,
  type PinnedPipeline,
} from "leader-restore";
import { exitCodes } from "../exit-codes.js";
import { Interruption } from "../interruption.js";
import { requestOf } from "../options.js";
import { makeOutput } from "../render/output.js";
import { openWorkplace } from "../worker/workplace.js";

interface LockOptions {
  readonly output?: string;
  /** `name=value`, for all pipelines. */
  readonly param: readonly string[];
  readonly check: boolean;
  readonly json: boolean;
}

/** Pins pipelines in a lock file, beside those that it has, or says what differs from it; returns the exit code. */
export async function lock(pipelines: readonly string[], options: LockOptions): Promise<number> {
  using interruption = new Interruption();
  const output = makeOutput(options.json);
  const [first = "."] = pipelines;
  const folder = dirname(resolve(first));
  const path = options.output ?? findLock(folder) ?? join(folder, lockName);
  const before = existsSync(path) ? (await readLock(path)).pipelines : {};
  const after: LockFile["pipelines"] = { ...before };
  let changed = false;
  for (const file of pipelines) {
    const name = nameInLock(path, file);
    try {
      after[name] = await pinned(file, options.param, interruption.signal);
    } catch (error) {
      if (interruption.exitCode !== undefined) return interruption.exitCode;
      throw error;
    }
    const was = before[name];
    const differences = was === undefined ? [] : differencesOf(was, after[name]);
    const isNew = was === undefined;
    changed ||= isNew || differences.length > 0;
    output.record({ type: "lock", lock: path, pipeline: name, isNew, differences });
    output.text(`${file}: ${isNew ? "not locked before" : differences.length === 0 ? "as it was locked" : "changed"}`);
    for (const difference of differences) output.text(`  ${differenceText(difference)}`);
  }
  if (options.check) return changed ? exitCodes.badInput : exitCodes.ok;
  await writeFileAtomically(path, lockText(after));
  output.text(`${path} written`);
  return exitCodes.ok;
}

async function pinned(file: string, param: readonly string[], signal: AbortSignal): Promise<PinnedPipeline> {
  await checkOrdinaryFile(file);
  await using workplace = openWorkplace({ pipeline: requestOf({ pipeline: file, set: [], param, localPlugins: true }) });
  return await workplace.do("pin", undefined, { signal });
}
