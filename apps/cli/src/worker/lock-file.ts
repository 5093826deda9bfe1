import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import {
  differencesOf,
  differenceText,
  findLock,
  lockName,
  lockText,
  nameInLock,
  readLock,
  writeFileAtomically,
  type LockFile,
} from "leader-restore";
import { exitCodes } from "../exit-codes.js";
import { prepareFiles } from "../outputs.js";
import type { Ways } from "../telling/ways.js";
import type { LockRequest } from "./command-tasks.js";
import { outputTo } from "./output-to.js";

/** Writes what pipelines are beside those that a lock has, or says what differs from it; returns the exit code. */
export async function lockFile({ output: stated, pipelines, pinned, check }: LockRequest, { emit }: Ways): Promise<number> {
  const output = outputTo(emit);
  const folder = dirname(resolve(pipelines[0] ?? "."));
  const path = stated ?? findLock(folder) ?? join(folder, lockName);
  if (!check) await prepareFiles([path]);
  const before = existsSync(path) ? (await readLock(path)).pipelines : {};
  if (pinned === undefined) return exitCodes.ok;
  const after: LockFile["pipelines"] = { ...before };
  let changed = false;
  for (const [i, file] of pipelines.entries()) {
    const [name, now] = [nameInLock(path, file), pinned[i]!];
    after[name] = now;
    const was = before[name];
    const differences = was === undefined ? [] : differencesOf(was, now);
    const isNew = was === undefined;
    changed ||= isNew || differences.length > 0;
    output.record({ type: "lock", lock: path, pipeline: name, isNew, differences });
    output.text(`${file}: ${isNew ? "not locked before" : differences.length === 0 ? "as it was locked" : "changed"}`);
    for (const difference of differences) output.text(`  ${differenceText(difference)}`);
  }
  if (check) return changed ? exitCodes.badInput : exitCodes.ok;
  await writeFileAtomically(path, lockText(after));
  output.text(`${path} written`);
  return exitCodes.ok;
}
