import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { gunzipSync } from "node:zlib";

/** Files of a folder at every depth, by their path within it with "/". */
export function readFolder(root: string): ReadonlyMap<string, Uint8Array> {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  return new Map(paths.map((path) => [relative(root, path).split(sep).join("/"), readFileSync(path)]));
}

/** Regular files of a .tar.gz by path; enough of the format for archives made by GNU tar and Python. */
export function readTarGz(archive: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const bytes = gunzipSync(archive);
  const files = new Map<string, Uint8Array>();
  let longName: string | undefined;
  for (let at = 0; at + 512 <= bytes.length && bytes[at] !== 0;) {
    const text = (start: number, length: number): string => bytes.toString("utf8", at + start, at + start + length).replace(/\0.*$/s, "");
    const size = parseInt(text(124, 12), 8);
    const type = text(156, 1);
    const content = bytes.subarray(at + 512, at + 512 + size);
    const prefix = text(257, 5) === "ustar" ? text(345, 155) : "";
    if (type === "L") longName = content.toString("utf8").replace(/\0.*$/s, "");
    else {
      const name = longName ?? (prefix === "" ? text(0, 100) : `${prefix}/${text(0, 100)}`);
      if (type === "0" || type === "") files.set(name.replace(/^\.\//, ""), content);
      longName = undefined;
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}
