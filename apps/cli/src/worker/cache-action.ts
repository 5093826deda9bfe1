import { cacheFolder, DiskCache } from "leader-restore";
import { exitCodes } from "../exit-codes.js";
import type { Output } from "../render/output.js";
import type { Ways } from "../telling/ways.js";
import type { CacheAction } from "./command-tasks.js";
import { outputTo } from "./output-to.js";

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/** Says where things are kept between commands, lists them, or removes them; returns the exit code. */
export function cacheAction(action: CacheAction, { emit }: Ways): number {
  const output = outputTo(emit);
  const folder = cacheFolder();
  if (action === "path") {
    output.record({ type: "cache-path", folder });
    output.text(folder ?? "nothing is kept: LEADER_CACHE=off");
    return exitCodes.ok;
  }
  const opened = DiskCache.open(folder);
  if (opened === undefined) {
    output.record({ type: "cache", folder, entries: [] });
    output.text(
      folder === undefined ? "nothing is kept: LEADER_CACHE=off" : `nothing is kept: ${folder} is not a folder of this user's alone`,
    );
    return exitCodes.ok;
  }
  if (action === "clear") {
    const removed = opened.clear();
    output.record({ type: "cache-cleared", folder, removed });
    output.text(`${opened.folder}: ${removed} removed`);
  } else list(opened, output);
  return exitCodes.ok;
}

function list(opened: DiskCache, output: Pick<Output, "record" | "text">): void {
  const entries = opened.entries();
  output.record({ type: "cache", folder: opened.folder, entries });
  for (const { key, bytes, used } of entries) output.text(`${mebibytes(bytes).padStart(12)}  ${used.toISOString()}  ${key}`);
  const total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  output.text(`${opened.folder}: ${entries.length} entries, ${mebibytes(total)}`);
}
