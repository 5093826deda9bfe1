import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { publishedDependencies } from "./published-dependencies.js";
import { mustRun } from "./run.js";

type Ranges = Record<string, string>;

/** What is read and changed of a manifest on the way to a registry. */
interface Manifest {
  readonly name: string;
  version: string;
  dependencies?: Ranges;
  peerDependencies?: Ranges;
  publishConfig?: unknown;
}

/**
 * Packs packages of the workspace as npm would publish them, and unpacks them into folders of their own, with the dependencies that a
 * published package has.
 *
 * @param packages which, as npm's own words: `--workspaces`, or `--workspace NAME`
 * @param asPublished false leaves dependencies as the workspace has them
 * @returns the folder of each package by its name
 */
export function stage(root: string, place: string, packages: readonly string[], asPublished = true): ReadonlyMap<string, string> {
  mkdirSync(place, { recursive: true });
  const said = mustRun(root, "npm", ["pack", ...packages, "--json", "--ignore-scripts", "--pack-destination", place]);
  const folders = new Map<string, string>();
  for (const { name, filename } of packedFiles(said)) {
    if (name === "@leader/tools") continue;
    const folder = join(place, name.replace("/", "+"));
    mkdirSync(folder);
    mustRun(place, "tar", ["-xzf", filename, "-C", folder, "--strip-components", "1"]);
    change(folder, (manifest) => {
      if (asPublished && manifest.dependencies !== undefined) manifest.dependencies = { ...publishedDependencies(manifest.dependencies) };
    });
    folders.set(name, folder);
  }
  return folders;
}

interface Packed {
  readonly name: string;
  readonly filename: string;
}

/** npm 10 and 11 list what they packed, npm 12 names it; what scripts say may stand before it. */
const packedFiles = (said: string): readonly Packed[] =>
  Object.values(JSON.parse(said.slice(said.search(/^[[{]$/mu), said.search(/^[\]}]$/mu) + 1)) as Readonly<Record<string, Packed>>);

/** Everything that npm would publish of this workspace, unpacked, so that versions can be tried that no commit has. */
export class StagedPackages {
  readonly #folders: ReadonlyMap<string, string>;

  private constructor(
    /** The folder of all of them. */
    readonly place: string,
    folders: ReadonlyMap<string, string>,
  ) {
    this.#folders = folders;
  }

  /** Packs the workspace at `root` into `place`; `originalRuntime` leaves dependencies as the workspace has them. */
  static of(root: string, place: string, originalRuntime: boolean): StagedPackages {
    const folders = stage(root, place, ["--workspaces"], !originalRuntime);
    // Provenance is made by the CI of a release only.
    for (const folder of folders.values()) change(folder, (manifest) => (manifest.publishConfig = { access: "public" }));
    return new StagedPackages(place, folders);
  }

  get names(): readonly string[] {
    return [...this.#folders.keys()];
  }

  #folder(name: string): string {
    return this.#folders.get(name)!;
  }

  version(name: string): string {
    return read(this.#folder(name)).version;
  }

  /** Gives a package another version, and says nothing to those that depend on it. */
  setVersion(name: string, version: string): void {
    change(this.#folder(name), (manifest) => (manifest.version = version));
  }

  /** What `nx release` does with a version that the ranges of others do not hold: each of them gets the new range and a patch. */
  release(name: string, version: string): readonly string[] {
    this.setVersion(name, version);
    const moved = [name];
    for (const other of this.names) {
      const { dependencies = {}, peerDependencies = {}, version: own } = read(this.#folder(other));
      if (dependencies[name] === undefined && peerDependencies[name] === undefined) continue;
      change(this.#folder(other), (manifest) => {
        if (manifest.dependencies?.[name] !== undefined) manifest.dependencies[name] = `^${version}`;
        if (manifest.peerDependencies?.[name] !== undefined) manifest.peerDependencies[name] = `^${version}`;
        manifest.version = own.replace(/\d+$/u, (patch) => String(Number(patch) + 1));
      });
      moved.push(other);
    }
    return moved;
  }
}

const read = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;

function change(folder: string, alter: (manifest: Manifest) => unknown): void {
  const manifest = read(folder);
  alter(manifest);
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest, undefined, 2));
}
