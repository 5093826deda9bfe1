// What a release changes: package.json files as nx does by itself, and the versions that the sources of packages state, which
// their tests compare with package.json.
const { readFileSync, writeFileSync, existsSync } = require("node:fs");
const { join } = require("node:path");
const js = require("@nx/js/src/release/version-actions");

/** Files of a package that may state its version, as `version: "..."`, `version = "..."` or `VERSION = "..."` at the start of a statement or member. */
const places = ["src/plugin.ts", "src/version.ts"];
const statement = /^(export const (?:version|VERSION) = |  version: )"\d+\.\d+\.\d+[^"]*"/mu;

/** @param {string} root @returns {Promise<string[]>} the files that were changed */
async function restate(root) {
  const { workspacePackages } = await import("./workspace-packages.mjs");
  const changed = [];
  for (const { folder, manifest } of workspacePackages()) {
    for (const place of places) {
      const file = join(folder, place);
      if (!existsSync(join(root, file))) continue;
      const before = readFileSync(join(root, file), "utf8");
      const after = before.replace(statement, (_, start) => `${start}"${manifest.version}"`);
      if (after === before) continue;
      writeFileSync(join(root, file), after);
      changed.push(file);
    }
  }
  return changed;
}

module.exports = {
  default: js.default,
  /** @type {typeof js.afterAllProjectsVersioned} */
  afterAllProjectsVersioned: async (cwd, options) => {
    const { changedFiles, deletedFiles } = await js.afterAllProjectsVersioned(cwd, options);
    const restated = options.dryRun === true ? [] : await restate(cwd);
    return { changedFiles: [...changedFiles, ...restated], deletedFiles };
  },
};
