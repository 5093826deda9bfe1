import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Registry } from "./registry.js";
import { mustRun, run, type Ended } from "./run.js";

/** A way to install packages, as a user has it. */
export interface Manager {
  readonly name: string;
  /** Installs what package.json of the folder asks for, with scripts as the manager runs them by default. */
  install(folder: string, registry: Registry): Ended;
  /** Runs a command that an installed package brings. */
  bin(folder: string, args: readonly string[]): string;
  /** The version of every copy of a package that was installed. */
  copies(folder: string, name: string): readonly string[];
}

/** Scripts run as the manager runs them, but that of onnxruntime-node would fetch CUDA libraries from elsewhere than the registry. */
const noCuda = { ONNXRUNTIME_NODE_INSTALL: "skip" } as const;

/** Versions of the copies below node_modules, each folder once however many links lead to it. */
function copiesBelow(folder: string, name: string): readonly string[] {
  const found = new Map<string, string>();
  const seen = new Set<string>();
  const visit = (modules: string): void => {
    if (!existsSync(modules)) return;
    for (const entry of readdirSync(modules, { withFileTypes: true })) {
      const path = join(modules, entry.name);
      if (entry.name.startsWith("@")) visit(path);
      else if (entry.name === ".pnpm") for (const store of readdirSync(path)) visit(join(path, store, "node_modules"));
      else if (entry.isDirectory() && !entry.name.startsWith(".")) {
        const real = realpathSync(path);
        if (seen.has(real)) continue;
        seen.add(real);
        const manifest = join(path, "package.json");
        if (real.endsWith(join("node_modules", ...name.split("/"))) && existsSync(manifest))
          found.set(real, (JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string }).version);
        visit(join(path, "node_modules"));
      }
    }
  };
  visit(join(folder, "node_modules"));
  return [...found.values()];
}

const npm: Manager = {
  name: "npm",
  install(folder, registry) {
    writeFileSync(join(folder, ".npmrc"), registry.npmrc);
    return run(folder, "npm", ["install"], noCuda);
  },
  bin: (folder, [command = "", ...args]) => mustRun(folder, join(folder, "node_modules/.bin", command), args),
  copies: copiesBelow,
};

const pnpm = (entry: string): Manager => ({
  ...npm,
  name: "pnpm",
  install(folder, registry) {
    writeFileSync(join(folder, ".npmrc"), `${registry.npmrc}store-dir=${join(folder, ".store")}\n`);
    return run(folder, process.execPath, [entry, "install", "--no-frozen-lockfile"], noCuda);
  },
});

const yarnRun = (entry: string, folder: string, args: readonly string[]): Ended =>
  run(folder, process.execPath, [entry, ...args], { ...noCuda, YARN_ENABLE_TELEMETRY: "0", CI: "" });

function yarnInstall(entry: string, folder: string, registry: Registry, nodeLinker: string): Ended {
  const settings = {
    nodeLinker,
    npmRegistryServer: registry.url.replace(/\/$/u, ""),
    unsafeHttpWhitelist: ["127.0.0.1"],
    enableGlobalCache: false,
    enableImmutableInstalls: false,
    // Ours were published a moment ago.
    npmMinimalAgeGate: 0,
  };
  writeFileSync(join(folder, ".yarnrc.yml"), JSON.stringify(settings));
  writeFileSync(join(folder, "yarn.lock"), "");
  return yarnRun(entry, folder, ["install"]);
}

const yarn = (entry: string): Manager => ({
  ...npm,
  name: "Yarn, node-modules",
  install: (folder, registry) => yarnInstall(entry, folder, registry, "node-modules"),
});

interface PnpApi {
  getAllLocators(): readonly { readonly name: string; readonly reference: string }[];
}

const yarnPnp = (entry: string): Manager => ({
  name: "Yarn, Plug'n'Play",
  install: (folder, registry) => yarnInstall(entry, folder, registry, "pnp"),
  bin(folder, args) {
    const { status, output } = yarnRun(entry, folder, args);
    if (status !== 0) throw new Error(`yarn ${args.join(" ")} failed with exit code ${status ?? "none"}:\n${output.slice(-4000)}`);
    return output;
  },
  copies(folder, name) {
    const api = createRequire(join(folder, "package.json"))("./.pnp.cjs") as PnpApi;
    // A package with peers has a virtual name for each set of them, of one copy.
    const references = api.getAllLocators().flatMap((one) => (one.name === name ? [one.reference.replace(/^virtual:[^#]*#/u, "")] : []));
    return [...new Set(references)].map((reference) => reference.replace(/^npm:/u, "").replace(/::.*$/u, ""));
  },
});

/** Versions that the round was last seen with. */
export const toolVersions = { verdaccio: "6.6.2", pnpm: "10.34.9", "@yarnpkg/cli-dist": "4.18.1" } as const;
/** Verdaccio names a tag of node-fetch that mirrors of the registry may lack. */
const overrides = { "node-fetch": "2.7.0" };

/** Installs registry and package managers into a folder: no work but this needs them, so that no other installation has them. */
export function installTools(place: string): { readonly verdaccio: string; readonly managers: readonly Manager[] } {
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, "package.json"), JSON.stringify({ private: true, dependencies: toolVersions, overrides }));
  mustRun(place, "npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]);
  const at = (path: string): string => join(place, "node_modules", path);
  const yarnEntry = at("@yarnpkg/cli-dist/bin/yarn.js");
  return { verdaccio: at("verdaccio/bin/verdaccio"), managers: [npm, pnpm(at("pnpm/bin/pnpm.cjs")), yarn(yarnEntry), yarnPnp(yarnEntry)] };
}
