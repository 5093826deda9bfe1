#!/usr/bin/env node
// One entry for a fresh clone: installs when needed, builds, then runs what was asked for.
// No dependencies of its own, because it runs before there are any.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { workspacePackages, workspaceRoot as root } from "./workspace-packages.mjs";

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

/** @returns {string[]} what `tsc -b` builds */
function projects() {
  // By their folders: the solution file knows a new baseline only from the release on that brings it along.
  const baselines = workspacePackages().flatMap(({ folder }) => (folder.startsWith("packages/baselines/") ? [folder] : []));
  return [".", ...baselines];
}

const compiler = join(root, "node_modules/typescript/bin/tsc");
const bundler = join(root, "tools/scripts/bundle.mjs");
const build = () => phase("build", () => run(process.execPath, [compiler, "-b", ...projects()]) || run(process.execPath, [bundler]));
const buildPage = () => phase("page", () => run(process.execPath, [join(root, "node_modules/vite/bin/vite.js"), "build", "apps/page"]));

/**
 * Runs a program beside others: what it says is shown in one piece when it has ended.
 * @param {string} title
 * @param {readonly string[]} args of Node
 * @returns {Promise<number>} its exit code
 */
function besides(title, args) {
  const start = Date.now();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const keep = (/** @type {Buffer} */ chunk) => void (output += chunk.toString());
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", (error) => keep(Buffer.from(`${error.message}\n`)));
    child.on("close", (code) => {
      const status = code ?? 1;
      say(`> ${title}: ${status === 0 ? "done" : `failed with exit code ${status}`} in ${((Date.now() - start) / 1000).toFixed(1)} s`);
      if (output !== "") say(output.trimEnd());
      resolve(status);
    });
  });
}

/**
 * The tests, with their report as it comes and the counts in the file that LEADER_TEST_COUNTS names.
 * @param {readonly string[]} args of vitest
 * @returns {Promise<{ status: number, lines: string[] }>} what to say at the end
 */
async function runTests(args) {
  const folder = mkdtempSync(join(tmpdir(), "leader-test-"));
  const report = join(folder, "report.json");
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const status = await new Promise((resolve) => {
    const child = spawn(process.execPath, [vitest, "run", ...reporters, ...args], { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
    child.on("error", () => resolve(1));
    child.on("close", (code) => resolve(code ?? 1));
  });
  const lines = existsSync(report) ? countsOf(report) : [];
  rmSync(folder, { recursive: true, force: true });
  return { status, lines };
}

/**
 * @param {string} report of vitest's json reporter
 * @returns {string[]} lines that end with `N passed, N failed`
 */
function countsOf(report) {
  /** @type {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, testResults: { status: string, assertionResults: { status: string }[] }[] }} */
  const result = JSON.parse(readFileSync(report, "utf8"));
  // A file that fails to load has no failed test of its own, yet must count.
  const brokenFiles = result.testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((assertion) => assertion.status === "failed"),
  );
  const counts = `${result.numPassedTests} passed, ${result.numFailedTests + brokenFiles.length} failed`;
  const countsPath = process.env["LEADER_TEST_COUNTS"];
  if (countsPath !== undefined) writeFileSync(countsPath, `${counts}\n`);
  return result.numPendingTests > 0 ? [`${result.numPendingTests} skipped`, counts] : [counts];
}

/**
 * Types and lint on one processor, the build and then the tests on the others: each alone would leave processors idle. The build leaves
 * types alone, since those of all sources and tests are checked beside it, in one program with lint.
 * @param {readonly string[]} args of vitest
 */
async function test(args) {
  const start = Date.now();
  say("> types and lint, build and tests, side by side");
  const buildAndTest = async () => {
    const built = await besides("build", [compiler, "-b", "--noCheck", ...projects()]);
    const status = built !== 0 ? built : await besides("bundles", [bundler]);
    return status === 0 ? await runTests(args) : { status, lines: [] };
  };
  const [{ status, lines }, checked] = await Promise.all([
    buildAndTest(),
    besides("types and lint", [join(root, "tools/scripts/types-and-lint.mjs")]),
  ]);
  say(`> types and lint, build and tests: ended after ${((Date.now() - start) / 1000).toFixed(1)} s`);
  for (const line of lines) say(line);
  process.exit(status !== 0 ? status : checked);
}

/** Programs that are built first and then run with the remaining arguments. */
const programs = {
  demo: "apps/cli/dist/demo.js",
  gallery: "apps/cli/dist/gallery.js",
  "readme-picture": "apps/cli/dist/readme-picture.js",
  docs: "tools/dist/docs/main.js",
  "docs:site": "tools/dist/site/main.js",
  api: "tools/dist/api/main.js",
  "bench:overhead": "tools/dist/bench/overhead.js",
  "bench:degrade": "tools/dist/bench/degrade.js",
  "bench:derivative": "tools/dist/bench/derivative.js",
  "bench:service": "tools/dist/bench/service/main.js",
  "bench:backends": "tools/dist/bench/backends.js",
  conformance: "tools/dist/conformance/main.js",
  "bench:methods": "tools/dist/bench/methods.js",
  "bench:denoising": "tools/dist/bench/denoising.js",
  "bench:colours": "tools/dist/bench/colours.js",
  "bench:growing-noise": "tools/dist/bench/growing-noise.js",
  "bench:prior": "tools/dist/bench/prior.js",
  "bench:growth": "tools/dist/bench/growth.js",
  "bench:halves": "tools/dist/bench/halves.js",
  "bench:seams": "tools/dist/bench/seams/main.js",
  "bench:networks": "tools/dist/networks/main.js",
  tune: "tools/dist/tune/tune-leader.js",
  presets: "tools/dist/presets/main.js",
  results: "tools/dist/reproduce/main.js",
  new: "tools/dist/new/main.js",
  "repack-runtime": "tools/dist/runtime/main.js",
  "registry-round": "tools/dist/registry/main.js",
  torture: "tools/dist/torture/main.js",
  "compare-checkouts": "tools/dist/compare/main.js",
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
if (task === "test") await test(args);
if (task !== "install") build();
// What is packed holds the built page, and what is tried is the service as it is packed; the tests of the page build it themselves.
if (["build", "registry-round", "torture"].includes(task)) buildPage();
const program = new Map(Object.entries(programs)).get(task);
if (program !== undefined) process.exit(node(program, args));
