import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../packed/run.js";
import { ofNode, type Manager } from "./manager.js";

/** npm of the Node that runs the round. */
export const npm: Manager = {
  ...ofNode,
  key: "npm",
  name: "npm",
  install(folder, registry, environment) {
    writeFileSync(join(folder, ".npmrc"), registry.npmrc);
    return run(folder, "npm", ["install"], environment);
  },
};

export const pnpm = (entry: string): Manager => ({
  ...ofNode,
  key: "pnpm",
  name: "pnpm",
  install(folder, registry, environment) {
    writeFileSync(join(folder, ".npmrc"), `${registry.npmrc}store-dir=${join(folder, ".store")}\n`);
    return run(folder, process.execPath, [entry, "install", "--no-frozen-lockfile"], environment);
  },
});
