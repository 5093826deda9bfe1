import { existsSync, readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { z } from "zod";
import { ownFolder } from "./own-folder.js";

type Command = readonly [string, ...string[]];

/** The package manager of a project. */
export interface PackageManager {
  /** Where its lock file is, or the folder that was asked about where there is none. */
  readonly folder: string;
  /** Adds the packages that follow. */
  readonly add: Command;
  /** True if this command line was installed by it, false if it is run from elsewhere, such as from a global installation. */
  readonly holdsCommandLine: boolean;
  /** How the original onnxruntime-node takes the place of the one that the onnxruntime backend depends on. */
  replaceRuntime(version: string): Replacement;
}

interface Replacement {
  readonly commands: readonly Command[];
  /** What commands cannot do. */
  readonly note?: string;
}

type Kind = Pick<PackageManager, "add" | "replaceRuntime">;
const runtime = "onnxruntime-node";

/** The original as an override states it: the name as well, since the dependency is an alias of another package. */
const original = (version: string): string => `npm:${runtime}@${version}`;

const npm: Kind = {
  add: ["npm", "install"],
  replaceRuntime: (version) => ({
    commands: [["npm", "pkg", "set", `overrides.${runtime}=${original(version)}`]],
    note: "npm applies an override to new installations only: then remove node_modules and package-lock.json, and npm install",
  }),
};

/** How each package manager is told, by the lock file that tells it. */
const kinds: readonly (readonly [lock: string, Kind])[] = [
  [
    "pnpm-lock.yaml",
    {
      add: ["pnpm", "add"],
      replaceRuntime: (version) => ({
        commands: [
          ["npm", "pkg", "set", `pnpm.overrides.${runtime}=${original(version)}`, `pnpm.onlyBuiltDependencies[]=${runtime}`],
          ["pnpm", "install"],
        ],
      }),
    },
  ],
  [
    "yarn.lock",
    {
      add: ["yarn", "add"],
      replaceRuntime: (version) => ({
        commands: [
          ["npm", "pkg", "set", `resolutions.${runtime}=${version}`],
          ["yarn", "install"],
        ],
      }),
    },
  ],
  [
    "bun.lock",
    {
      add: ["bun", "add"],
      replaceRuntime: () => ({
        commands: [],
        note: "Bun 1.4 does not apply overrides to aliases: install this project with npm, pnpm or Yarn",
      }),
    },
  ],
  ["package-lock.json", npm],
];

/** The package manager of the folder or of the nearest above it that has a lock file; npm where there is none. */
export function managerFor(folder: string): PackageManager {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const found = kinds.find(([lock]) => existsSync(join(at, lock)));
    if (found !== undefined) return { ...found[1], folder: at, holdsCommandLine: isBelow(at) };
    if (at === dirname(at)) return { ...npm, folder: resolve(folder), holdsCommandLine: isBelow(resolve(folder)) };
  }
}

/** Whether this program lies below a folder. */
const isBelow = (folder: string): boolean => !relative(realpathSync(folder), realpathSync(ownFolder)).startsWith("..");

const backend = z.object({ dependencies: z.record(z.string(), z.string()) });

/** The version of onnxruntime-node that the onnxruntime backend was made for: published backends name it behind the name of an alias. */
export function runtimeVersion(): string {
  const manifest = createRequire(import.meta.url).resolve("@leader/backend-onnx/package.json");
  const { dependencies } = backend.parse(JSON.parse(readFileSync(manifest, "utf8")));
  return dependencies[runtime]!.replace(/^npm:.*@/u, "");
}
