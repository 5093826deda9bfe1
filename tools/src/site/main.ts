/**
 * `npm run docs:site [-- --no-api]`: builds the documentation site into site/.vitepress/dist. The site's own packages (VitePress, TypeDoc) are
 * no part of the workspace, and are installed from site/package-lock.json where they are not there.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { mustRun } from "../packed/run.js";
import { writeEntries } from "./api.js";
import { deadLinks } from "./check.js";
import { stagePages } from "./pages.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const site = join(root, "site");
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const step = (title: string, work: () => string | undefined): void => {
  const start = Date.now();
  const result = work();
  say(`${title}: ${((Date.now() - start) / 1000).toFixed(1)} s${result === undefined ? "" : `, ${result}`}`);
};

/** Installs the site's packages unless those of the lock file are there. */
function install(): undefined {
  const stamp = join(site, "node_modules/.installed-from");
  const lock = readFileSync(join(site, "package-lock.json"), "utf8");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  mustRun(site, "npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
  writeFileSync(stamp, lock);
}

const program = (name: string, ...args: readonly string[]): string =>
  mustRun(site, process.execPath, [join(site, "node_modules", name), ...args]);

function main(): void {
  step("packages of the site", install);
  step("pages", () => {
    stagePages(root, join(site, "pages"));
    return undefined;
  });
  step("API pages", () => {
    writeEntries(join(site, "entries"));
    program("typedoc/bin/typedoc");
    return undefined;
  });
  step("site", () => void program("vitepress/bin/vitepress.js", "build"));
  step("links", () => {
    const { dead, checked } = deadLinks(join(site, ".vitepress/dist"));
    if (dead.length === 0) return `${checked} checked`;
    throw new Error(`${dead.length} of ${checked} links lead nowhere:\n${dead.map(({ page, href }) => `  ${page}: ${href}`).join("\n")}`);
  });
  say(join(site, ".vitepress/dist/index.html"));
}

try {
  main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
