import { join } from "node:path";
import { installedBelow, type Installed } from "../installed.js";
import type { Registry } from "../registry.js";
import { mustRun, type Ended } from "../../packed/run.js";

/** Settings of the environment in which nothing but the registry can be reached. */
export type Environment = Readonly<Record<string, string>>;

/** A way to install packages, as a user has it. */
export interface Manager {
  /** How it is asked for on the command line of the round. */
  readonly key: string;
  readonly name: string;
  /** Installs what package.json of the folder asks for, with scripts as the manager runs them by default. */
  install(folder: string, registry: Registry, environment: Environment): Ended;
  /** Runs a command that an installed package brings. */
  bin(folder: string, args: readonly string[], environment: Environment): string;
  /** What the installation put into the folder. */
  installed(folder: string): Installed;
}

/** What managers that make a `node_modules` for Node have in common. */
export const ofNode = {
  bin: (folder: string, [command = "", ...args]: readonly string[], environment: Environment): string =>
    mustRun(folder, join(folder, "node_modules/.bin", command), args, environment),
  installed: installedBelow,
} as const;
