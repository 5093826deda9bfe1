import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { isRecord, keptBytes, memberOf } from "@leader/graph";

/** A file that was changed this lately may change again without its times telling: those of some file systems go in steps of two seconds. */
const settledMs = 2500;

/** An integrity, and all files that it was made of. */
export interface MadeIntegrity {
  readonly integrity: string;
  readonly files: readonly string[];
}

/** Files by their states: what changes of each of them whenever its content does. */
type States = Readonly<Record<string, string>>;

/**
 * An integrity as an earlier command made it, where each of its files still has the device, inode, size and times that it had then, by which
 * `git` and others know a file too; else it is made, and left in the place where this process keeps things (`keepIn`). Not kept is
 * one of files that have just been changed.
 * @param of what it is the integrity of, a path, and how it is made.
 */
export async function rememberedIntegrity(
  of: { readonly path: string; readonly as: string },
  make: () => Promise<MadeIntegrity>,
): Promise<string> {
  const store = keptBytes();
  const key = `integrity-${createHash("sha256")
    .update(`${of.as} ${resolve(of.path)}`)
    .digest("hex")}`;
  const known = keptIntegrity(store?.get(key));
  if (known !== undefined && (await areStill(known.states))) return known.integrity;
  const start = Date.now();
  const { integrity, files } = await make();
  const states = store === undefined ? undefined : await settledStates(files, start);
  if (states !== undefined) store?.put(key, new TextEncoder().encode(JSON.stringify({ integrity, states })));
  return integrity;
}

/** What was kept, or undefined where it is nothing that this version wrote. */
function keptIntegrity(bytes: Uint8Array | undefined): { readonly integrity: string; readonly states: States } | undefined {
  if (bytes === undefined) return undefined;
  try {
    const kept: unknown = JSON.parse(new TextDecoder().decode(bytes));
    const [integrity, states] = [memberOf(kept, "integrity"), memberOf(kept, "states")];
    return typeof integrity === "string" && isStates(states) ? { integrity, states } : undefined;
  } catch {
    return undefined;
  }
}

/** An integrity of no files would hold for ever. */
const isStates = (value: unknown): value is States =>
  isRecord(value) && Object.keys(value).length > 0 && Object.values(value).every((state) => typeof state === "string");

async function areStill(states: States): Promise<boolean> {
  const found = await Promise.all(Object.entries(states).map(async ([path, state]) => (await stateOf(path)).state === state));
  return found.every(Boolean);
}

/** Undefined if one of the files was changed after `start`, or so shortly before that a change after it might not show. */
async function settledStates(files: readonly string[], start: number): Promise<States | undefined> {
  const found = await Promise.all(files.map(async (path) => [path, await stateOf(path)] as const));
  if (found.some(([, { changedMs }]) => changedMs > start - settledMs)) return undefined;
  return Object.fromEntries(found.map(([path, { state }]) => [path, state]));
}

interface FileState {
  readonly state: string;
  readonly changedMs: number;
}

async function stateOf(path: string): Promise<FileState> {
  const info = await stat(path, { bigint: true }).catch(() => undefined);
  if (info === undefined) return { state: "missing", changedMs: 0 };
  const { dev, ino, size, mtimeNs, ctimeNs } = info;
  return { state: [dev, ino, size, mtimeNs, ctimeNs].join(" "), changedMs: Math.max(Number(info.mtimeMs), Number(info.ctimeMs)) };
}
