#!/usr/bin/env node
// One entry for a fresh clone: installs when needed, builds, then runs what was asked for.
// No dependencies of its own, because it runs before there are any.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { workspaceRoot as root } from "./workspace-packages.mjs";

/** @param {string} text */
const say = (text) => process.stdout.write(`${text}\n`);

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {boolean} [quiet] show the output only when the command fails
 */
function run(command, args, quiet = false) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: quiet ? ["ignore", "pipe", "pipe"] : ["ignore", "inherit", "inherit"],
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.error) say(`${command}: ${result.error.message}`);
  const status = result.status ?? 1;
  if (quiet && status !== 0) say(`${result.stdout}${result.stderr}`);
  return status;
}

/**
 * Runs one phase and ends the process at the first that fails.
 * @param {string} title
 * @param {() => number} body
 */
function phase(title, body) {
  say(`> ${title}`);
  const start = Date.now();
  const status = body();
  if (status !== 0) {
    say(`> ${title}: failed with exit code ${status}`);
    process.exit(status);
  }
  say(`> ${title}: done in ${((Date.now() - start) / 1000).toFixed(1)} s`);
}

/** @param {string} file @param {readonly string[]} args */
const node = (file, args, quiet = false) => run(process.execPath, [join(root, file), ...args], quiet);

const lockPath = join(root, "package-lock.json");
const stampPath = join(root, "node_modules/.leader-install");
const lockHash = () => createHash("sha256").update(readFileSync(lockPath)).digest("hex");

/**
 * Compares contents, not file times: a checkout sets file times in any order. The stamp answers after our own
 * `npm ci` (which may leave out an entry of the lock file that `npm install` put there), the versions after an
 * `npm install` by hand.
 * @returns {string | undefined} why an install is needed
 */
function installReason() {
  const installedPath = join(root, "node_modules/.package-lock.json");
  if (!existsSync(installedPath)) return "node_modules is missing or incomplete";
  if (existsSync(stampPath) && readFileSync(stampPath, "utf8") === lockHash()) return undefined;
  /** @typedef {{ version?: string, link?: boolean, optional?: boolean, devOptional?: boolean, peer?: boolean }} Entry */
  /** @type {{ packages: Record<string, Entry> }} */
  const wanted = JSON.parse(readFileSync(lockPath, "utf8"));
  /** @type {{ packages: Record<string, Entry> }} */
  const installed = JSON.parse(readFileSync(installedPath, "utf8"));
  for (const [path, entry] of Object.entries(wanted.packages)) {
    if (!path.includes("node_modules/")) continue;
    const held = installed.packages[path];
    if (held === undefined && (entry.optional === true || entry.devOptional === true)) continue;
    if (held === undefined) return `${path} is in package-lock.json but not installed`;
    if (held.version !== entry.version)
      return `${path} is ${held.version ?? "a link"}, package-lock.json says ${entry.version ?? "a link"}`;
  }
  for (const path of Object.keys(installed.packages)) {
    if (path.includes("node_modules/") && !(path in wanted.packages)) return `${path} is installed but not in package-lock.json`;
  }
  return undefined;
}

function install() {
  const reason = installReason();
  if (reason === undefined) return;
  phase(`install (${reason})`, () => {
    const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    // Under `npm test` the npm in use names its own script, which spares looking for npm (npm.cmd on Windows) in PATH.
    const npm = process.env["npm_execpath"];
    const status = npm?.endsWith(".js") === true ? run(process.execPath, [npm, ...args], true) : run("npm", args, true);
    if (status === 0) writeFileSync(stampPath, lockHash());
    return status;
  });
}

function build() {
  phase("build", () => node("node_modules/typescript/bin/tsc", ["-b"]));
}

/** @param {readonly string[]} args */
function test(args) {
  phase("typecheck tests", () => node("node_modules/typescript/bin/tsc", ["-p", "tsconfig.test.json"]));
  phase("lint", () => node("node_modules/eslint/bin/eslint.js", ["."]));

  const folder = mkdtempSync(join(tmpdir(), "leader-test-"));
  const report = join(folder, "report.json");
  const status = node("node_modules/vitest/vitest.mjs", [
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...args,
  ]);
  if (existsSync(report)) {
    /** @type {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, testResults: { status: string, assertionResults: { status: string }[] }[] }} */
    const result = JSON.parse(readFileSync(report, "utf8"));
    // A file that fails to load has no failed test of its own, yet must count.
    const brokenFiles = result.testResults.filter(
      (file) => file.status === "failed" && !file.assertionResults.some((assertion) => assertion.status === "failed"),
    );
    const counts = `${result.numPassedTests} passed, ${result.numFailedTests + brokenFiles.length} failed`;
    if (result.numPendingTests > 0) say(`${result.numPendingTests} skipped`);
    say(counts);
    const countsPath = process.env["LEADER_TEST_COUNTS"];
    if (countsPath !== undefined) writeFileSync(countsPath, `${counts}\n`);
  }
  rmSync(folder, { recursive: true, force: true });
  process.exit(status);
}

/** Programs that are built first and then run with the remaining arguments. */
const programs = {
  demo: "apps/cli/dist/demo.js",
  gallery: "apps/cli/dist/gallery.js",
  docs: "tools/dist/docs/main.js",
  api: "tools/dist/api/main.js",
  "bench:overhead": "tools/dist/bench/overhead.js",
  "bench:derivative": "tools/dist/bench/derivative.js",
  "bench:backends": "tools/dist/bench/backends.js",
  conformance: "tools/dist/conformance/main.js",
  "bench:methods": "tools/dist/bench/methods.js",
  "bench:prior": "tools/dist/bench/prior.js",
  tune: "tools/dist/tune/tune-leader.js",
  results: "tools/dist/reproduce/main.js",
};

const [task = "", ...args] = process.argv.slice(2);
process.chdir(root);
if (!["install", "build", "test", ...Object.keys(programs)].includes(task)) {
  say(
    `usage: node tools/scripts/workspace.mjs install | build | test [vitest arguments] | ${Object.keys(programs).join(" | ")} [arguments]`,
  );
  process.exit(2);
}
install();
if (task !== "install") build();
if (task === "test") test(args);
const program = new Map(Object.entries(programs)).get(task);
if (program !== undefined) process.exit(node(program, args));
