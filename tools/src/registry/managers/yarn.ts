import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { InstalledPackage } from "../installed.js";
import type { Registry } from "../registry.js";
import { mustRun, run, type Ended } from "../../packed/run.js";
import { ofNode, type Environment, type Manager } from "./manager.js";

const settingsOf = (environment: Environment): Environment => ({ ...environment, YARN_ENABLE_TELEMETRY: "0", CI: "" });

function install(entry: string, folder: string, registry: Registry, environment: Environment, nodeLinker: string): Ended {
  const settings = {
    nodeLinker,
    npmRegistryServer: registry.url.replace(/\/$/u, ""),
    unsafeHttpWhitelist: ["127.0.0.1"],
    enableGlobalCache: false,
    // What it remembers of packages elsewhere names the port of the registry of an earlier round.
    globalFolder: join(folder, ".yarn-global"),
    enableImmutableInstalls: false,
    // Packages of the round were published a moment ago.
    npmMinimalAgeGate: 0,
  };
  writeFileSync(join(folder, ".yarnrc.yml"), JSON.stringify(settings));
  writeFileSync(join(folder, "yarn.lock"), "");
  return run(folder, process.execPath, [entry, "install"], settingsOf(environment));
}

export const yarn = (entry: string): Manager => ({
  ...ofNode,
  key: "yarn",
  name: "Yarn, node-modules",
  install: (folder, registry, environment) => install(entry, folder, registry, environment, "node-modules"),
});

interface PnpApi {
  getAllLocators(): readonly { readonly name: string; readonly reference: string }[];
}

export const yarnPnp = (entry: string): Manager => ({
  key: "pnp",
  name: "Yarn, Plug'n'Play",
  install: (folder, registry, environment) => install(entry, folder, registry, environment, "pnp"),
  bin: (folder, args, environment) => mustRun(folder, process.execPath, [entry, ...args], settingsOf(environment)),
  installed(folder) {
    const api = createRequire(join(folder, "package.json"))("./.pnp.cjs") as PnpApi;
    const found = new Map<string, InstalledPackage>();
    for (const { name, reference } of api.getAllLocators()) {
      // A package with peers has a virtual name for each set of them, of one copy; an alias has the name it is aliased to.
      const version = reference
        .replace(/^virtual:[^#]*#/u, "")
        .replace(/^npm:/u, "")
        .replace(/::.*$/u, "");
      if (!version.startsWith("workspace:")) found.set(`${name}@${version}`, { name, version });
    }
    return { packages: [...found.values()], bytes: bytesBelow(join(folder, ".yarn")) };
  },
});

/** Zipped packages, and those that had to be unpacked. */
function bytesBelow(folder: string): number {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
