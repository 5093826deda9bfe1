import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isRecord, memberOf, Once } from "@leader/graph";
import { ownManifest } from "../../files/built-entry.js";
import { manifestOf, resolveFrom } from "../plugins/resolve.js";
import type { PinnedPackage } from "../pinned.js";
import { moduleIntegrity } from "./integrity.js";

/** A package, or a file of code, that was found. */
export interface FoundCode {
  readonly name: string;
  readonly version: string;
  /** Its entry. */
  readonly path: string;
}

/** What a package is, to the byte: its version, the code that runs, and the versions of what that code imports by name. */
export async function pinOf({ name, version, path }: FoundCode): Promise<PinnedPackage> {
  return { name, version, integrity: await moduleIntegrity(path), dependencies: dependenciesOf(name, path) };
}

const ours = new Once(() =>
  Promise.all(
    ["leader-restore", "@leader/core", "@leader/graph"].map((name) => {
      const manifest = ownManifest(name);
      const version = String(memberOf(JSON.parse(readFileSync(manifest, "utf8")), "version"));
      return pinOf({ name, version, path: entryBeside(manifest) });
    }),
  ),
);

/** This package and the two that every stage is written in, as they are installed here. */
export const hostPins = (): Promise<readonly PinnedPackage[]> => ours.get();

/** The built entry of a package of this project; where it is not built, its source. */
function entryBeside(manifest: string): string {
  const [built, source] = ["dist/index.js", "src/index.ts"].map((path) => join(dirname(manifest), path));
  return existsSync(built!) ? built! : source!;
}

/** Versions of what a package depends on, as far as that is installed. */
function dependenciesOf(name: string, path: string): Readonly<Record<string, string>> {
  const manifest = manifestOf(name, path).manifest?.path;
  if (manifest === undefined) return {};
  const json: unknown = JSON.parse(readFileSync(manifest, "utf8"));
  const names = ["dependencies", "peerDependencies", "optionalDependencies"].flatMap((key) => {
    const listed = memberOf(json, key);
    return isRecord(listed) ? Object.keys(listed) : [];
  });
  const versions = [...new Set(names)].sort().flatMap((each) => {
    const version = versionOf(each, dirname(manifest));
    return version === undefined ? [] : [[each, version] as const];
  });
  return Object.fromEntries(versions);
}

function versionOf(name: string, folder: string): string | undefined {
  // A package may hide its package.json: the one above its entry is the same.
  const entry = resolveFrom(folder, `${name}/package.json`) ?? resolveFrom(folder, name);
  return entry === undefined ? undefined : manifestOf(name, entry).manifest?.version;
}
