import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mustRun } from "../../packed/run.js";
import type { Manager } from "./manager.js";
import { npm, pnpm } from "./npm.js";
import { bun, deno } from "./runtimes.js";
import { yarn, yarnPnp } from "./yarn.js";

export type { Environment, Manager } from "./manager.js";

/** Versions that the round was last seen with. */
const versions = { verdaccio: "6.6.2", pnpm: "10.34.9", "@yarnpkg/cli-dist": "4.18.1", bun: "1.4.5", deno: "2.9.6" } as const;
/** Verdaccio names a tag of node-fetch that mirrors of the registry may lack. */
const overrides = { "node-fetch": "2.7.0" };

/** A package of the round's tools, and how it becomes managers once it is there. */
interface Tool {
  readonly keys: readonly string[];
  readonly package?: keyof typeof versions;
  managers(at: (path: string) => string): readonly Manager[];
}

const tools: readonly Tool[] = [
  { keys: ["npm"], managers: () => [npm] },
  { keys: ["pnpm"], package: "pnpm", managers: (at) => [pnpm(at("pnpm/bin/pnpm.cjs"))] },
  {
    keys: ["yarn", "pnp"],
    package: "@yarnpkg/cli-dist",
    managers: (at) => [yarn, yarnPnp].map((make) => make(at("@yarnpkg/cli-dist/bin/yarn.js"))),
  },
  { keys: ["bun"], package: "bun", managers: (at) => [bun(programIn(at("@oven"), ["bin/bun", "bin/bun.exe"]))] },
  { keys: ["deno"], package: "deno", managers: (at) => [deno(programIn(at("@deno"), ["deno", "deno.exe"]))] },
];

/** What the round can be asked to install with. */
export const managerKeys: readonly string[] = tools.flatMap(({ keys }) => keys);

/** Installs registry and package managers into a folder: no work but this needs them, so that no other installation has them. */
export function installTools(
  place: string,
  wanted: readonly string[],
): { readonly verdaccio: string; readonly managers: readonly Manager[] } {
  const needed = tools.filter(({ keys }) => keys.some((key) => wanted.includes(key)));
  const packages = ["verdaccio" as const, ...needed.flatMap((tool) => tool.package ?? [])];
  const dependencies = Object.fromEntries(packages.map((name) => [name, versions[name]]));
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, "package.json"), JSON.stringify({ private: true, dependencies, overrides }));
  mustRun(place, "npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]);
  const at = (path: string): string => join(place, "node_modules", path);
  const managers = needed.flatMap((tool) => tool.managers(at)).filter(({ key }) => wanted.includes(key));
  return { verdaccio: at("verdaccio/bin/verdaccio"), managers };
}

/** The program in the one package of this system that was installed below a scope: what the packages' scripts would link to. */
function programIn(scope: string, places: readonly string[]): string {
  const found = readdirSync(scope).flatMap((name) => places.map((place) => join(scope, name, place)));
  const program = found.find((path) => existsSync(path));
  if (program === undefined) throw new Error(`no program below ${scope}`);
  return program;
}
