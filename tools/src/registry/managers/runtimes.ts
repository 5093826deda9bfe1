import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { installedBelow } from "../installed.js";
import { mustRun, run } from "../../packed/run.js";
import type { Manager } from "./manager.js";

/** Bun installs, and Bun, not Node, runs what was installed. */
export const bun = (program: string): Manager => ({
  key: "bun",
  name: "Bun",
  install(folder, registry, environment) {
    writeFileSync(join(folder, "bunfig.toml"), `[install]\nregistry = "${registry.url}"\ncache = "${join(folder, ".cache")}"\n`);
    return run(folder, program, ["install"], environment);
  },
  bin: (folder, [command = "", ...args], environment) =>
    mustRun(folder, program, ["--bun", join(folder, "node_modules/.bin", command), ...args], environment),
  installed: installedBelow,
});

/** Deno installs, and Deno runs what was installed. */
export const deno = (program: string): Manager => ({
  key: "deno",
  name: "Deno",
  install(folder, registry, environment) {
    writeFileSync(join(folder, ".npmrc"), registry.npmrc);
    // Packages of the round were published a moment ago; scripts do not run unless they are named.
    writeFileSync(join(folder, "deno.json"), JSON.stringify({ nodeModulesDir: "auto", minimumDependencyAge: "0" }));
    return run(folder, program, ["install"], { ...environment, DENO_DIR: join(folder, ".deno-cache") });
  },
  bin: (folder, [command = "", ...args], environment) =>
    mustRun(folder, program, ["run", "--allow-all", join(folder, "node_modules/.bin", command), ...args], {
      ...environment,
      DENO_DIR: join(folder, ".deno-cache"),
    }),
  installed: installedBelow,
});
