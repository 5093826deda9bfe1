import { realpathSync } from "node:fs";
import { dirname, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { ownManifest, packageFolder } from "../../files/built-entry.js";

/** A line of a V8 stack: a file or a `file:` URL, a line and a column. */
const frame = /(?:\(|at (?:async )?)((?:file:\/\/|\/|[A-Za-z]:[\\/]).+?):(\d+):(\d+)\)?$/u;

/** The folders of the host, of the contract and of our own stages: what they throw was caused by whoever called them. */
const ownFolders: readonly string[] = [
  packageFolder + sep,
  ...["@leader/graph", "@leader/core", "@leader/method"].map((name) => realpathSync(dirname(ownManifest(name))) + sep),
];

/**
 * Where a plugin threw, as `file:line:column`: the innermost line of the stack that is neither of the host, nor of the contract, nor of
 * Node; undefined if the stack tells no such place.
 */
export function originOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  for (const text of (error.stack ?? "").split("\n")) {
    const [, place, line, column] = frame.exec(text.trim()) ?? [];
    if (place === undefined) continue;
    const file = place.startsWith("file:") ? pathOf(place) : place;
    if (!ownFolders.some((folder) => file.startsWith(folder))) return `${file}:${line}:${column}`;
  }
  return undefined;
}

/** The first line of what was thrown, and where. */
export function describeThrown(error: unknown): string {
  const text = (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).split("\n")[0] ?? "";
  const origin = originOf(error);
  return origin === undefined ? text : `${text} (at ${origin})`;
}

/** A URL may carry a query, by which a module is imported afresh. */
function pathOf(url: string): string {
  try {
    return fileURLToPath(url.replace(/\?.*$/u, ""));
  } catch {
    return url;
  }
}
