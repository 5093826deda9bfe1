import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { workspacePackages, workspaceRoot } from "../scripts/workspace-packages.mjs";
import { newPackage } from "../src/new/new-package.js";

// The generator in a copy of the repository: what it touches, and what the new baseline is then part of.
const name = "my-method";
const folder = `packages/baselines/${name}`;
let copy = "";

const run = (command: string, ...args: readonly string[]): string =>
  execFileSync(command, [...args], { cwd: copy, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, CI: "1" } });

/** What `npm install` would leave in node_modules: links to this copy's packages, and to what is installed already. */
function linkModules(): void {
  const [real, modules] = [join(workspaceRoot, "node_modules"), join(copy, "node_modules")];
  const packages = new Map([
    ...workspacePackages().map((one) => [one.manifest.name, one.folder] as const),
    [`@leader/baseline-${name}`, folder],
  ]);
  mkdirSync(join(modules, "@leader"), { recursive: true });
  for (const entry of readdirSync(real))
    if (entry !== "@leader" && !packages.has(entry)) symlinkSync(join(real, entry), join(modules, entry), "junction");
  for (const [one, place] of packages) symlinkSync(join(copy, place), join(modules, one), "junction");
}

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "leader-new-"));
  const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: workspaceRoot,
    encoding: "utf8",
  });
  for (const file of files.split("\0")) {
    if (file === "" || !existsSync(join(workspaceRoot, file))) continue;
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(workspaceRoot, file), join(copy, file), { preserveTimestamps: true });
  }
  run("git", "init", "-q");
  run("git", "add", "-A");
  run("git", "-c", "user.name=test", "-c", "user.email=test@example.org", "commit", "-qm", "before");
  for (const { folder: built } of workspacePackages()) {
    const dist = join(workspaceRoot, built, "dist");
    if (existsSync(dist)) cpSync(dist, join(copy, built, "dist"), { recursive: true, preserveTimestamps: true });
  }
}, 120_000);
afterAll(() => rmSync(copy, { recursive: true, force: true }));

it("touches its own folder and the lock file, and nothing else", () => {
  expect(newPackage(copy, "baseline", name)).toBe(folder);
  run("npm", "install", "--package-lock-only", "--ignore-scripts", "--offline", "--no-audit", "--no-fund");
  expect(run("git", "status", "--porcelain").trim().split("\n")).toEqual(["M package-lock.json", `?? ${folder}/`]);
}, 120_000);

it("makes a baseline that builds, passes its own tests, and is listed", () => {
  linkModules();
  const tsc = join(workspaceRoot, "node_modules/typescript/bin/tsc");
  // What it builds on was checked elsewhere, and is checked a second time here otherwise.
  run(process.execPath, tsc, "-b", "--noCheck", folder);
  run(process.execPath, tsc, "-p", folder);
  run(process.execPath, "tools/scripts/bundle.mjs", folder);
  const tests = run(process.execPath, join(workspaceRoot, "node_modules/vitest/vitest.mjs"), "run", "--reporter=json", folder);
  const report = JSON.parse(tests.slice(tests.indexOf("{"))) as { readonly numPassedTests: number; readonly numFailedTests: number };
  expect(report.numFailedTests).toBe(0);
  expect(report.numPassedTests).toBeGreaterThan(15);
  const listed = run(process.execPath, "apps/cli/bin/leader.js", "plugins", "--json");
  expect(listed).toContain(`@leader/baseline-${name}#${name}`);
  expect(run("git", "status", "--porcelain").trim().split("\n")).toEqual(["M package-lock.json", `?? ${folder}/`]);
}, 300_000);

it("refuses what it cannot make, before anything is written", () => {
  const before = readFileSync(join(copy, folder, "package.json"), "utf8");
  expect(() => newPackage(copy, "baseline", name)).toThrow("exists already");
  expect(() => newPackage(copy, "baseline", "../evil")).toThrow("no name of a method");
  expect(() => newPackage(copy, "sampler", "x")).toThrow("no kind of stage");
  expect(() => newPackage(copy, "operator", "x")).toThrow("packages/operators/src");
  expect(readFileSync(join(copy, folder, "package.json"), "utf8")).toBe(before);
});
