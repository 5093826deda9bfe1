import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mustRun } from "./run.js";

type Ranges = Record<string, string>;

/** What the round reads and changes of a manifest. */
interface Manifest {
  readonly name: string;
  version: string;
  dependencies?: Ranges;
  peerDependencies?: Ranges;
  publishConfig?: unknown;
}

/** Everything that npm would publish of this workspace, unpacked, so that versions can be tried that no commit has. */
export class StagedPackages {
  readonly #folders: ReadonlyMap<string, string>;

  private constructor(folders: ReadonlyMap<string, string>) {
    this.#folders = folders;
  }

  /** Packs the workspace at `root` into `place`. */
  static of(root: string, place: string): StagedPackages {
    mkdirSync(place, { recursive: true });
    const said = mustRun(root, "npm", ["pack", "--workspaces", "--json", "--ignore-scripts", "--pack-destination", place]);
    const packed = JSON.parse(said.slice(said.indexOf("[\n"), said.lastIndexOf("]") + 1)) as readonly {
      readonly name: string;
      readonly filename: string;
    }[];
    const folders = new Map<string, string>();
    for (const { name, filename } of packed) {
      if (name === "@leader/tools") continue;
      const folder = join(place, name.replace("/", "+"));
      mkdirSync(folder);
      mustRun(place, "tar", ["-xzf", filename, "-C", folder, "--strip-components", "1"]);
      folders.set(name, folder);
    }
    const staged = new StagedPackages(folders);
    // Provenance is made by the CI of a release only.
    for (const name of staged.names) staged.#change(name, (manifest) => (manifest.publishConfig = { access: "public" }));
    return staged;
  }

  get names(): readonly string[] {
    return [...this.#folders.keys()];
  }

  folder(name: string): string {
    return this.#folders.get(name)!;
  }

  version(name: string): string {
    return this.#read(name).version;
  }

  /** Gives a package another version, and says nothing to those that depend on it. */
  setVersion(name: string, version: string): void {
    this.#change(name, (manifest) => (manifest.version = version));
  }

  /** What `nx release` does with a version that the ranges of others do not hold: each of them gets the new range and a patch. */
  release(name: string, version: string): readonly string[] {
    this.setVersion(name, version);
    const moved = [name];
    for (const other of this.names) {
      const { dependencies = {}, peerDependencies = {}, version: own } = this.#read(other);
      if (dependencies[name] === undefined && peerDependencies[name] === undefined) continue;
      this.#change(other, (manifest) => {
        if (manifest.dependencies?.[name] !== undefined) manifest.dependencies[name] = `^${version}`;
        if (manifest.peerDependencies?.[name] !== undefined) manifest.peerDependencies[name] = `^${version}`;
        manifest.version = own.replace(/\d+$/u, (patch) => String(Number(patch) + 1));
      });
      moved.push(other);
    }
    return moved;
  }

  #read(name: string): Manifest {
    return JSON.parse(readFileSync(join(this.folder(name), "package.json"), "utf8")) as Manifest;
  }

  #change(name: string, change: (manifest: Manifest) => unknown): void {
    const manifest = this.#read(name);
    change(manifest);
    writeFileSync(join(this.folder(name), "package.json"), JSON.stringify(manifest, undefined, 2));
  }
}
