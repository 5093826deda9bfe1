import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kindNames } from "../src/index.js";

// What npm would publish, installed into a folder that knows nothing of this repository: every scaffold, unedited, is built, tested,
// checked and restores a picture there.
const workspace = new URL("../../../", import.meta.url).pathname;
let place = "";
let unavailable = "";

interface Manifest {
  readonly name: string;
  readonly devDependencies: Readonly<Record<string, string>>;
}

interface Ended {
  readonly status: number | null;
  readonly output: string;
  /** Processor time of the command and all that it started. */
  readonly seconds: number;
}

function run(cwd: string, command: string, ...args: readonly string[]): Ended {
  const script = 'TIMEFORMAT="%U %S"; time "$@" 2>&1';
  const { status, stdout, stderr } = spawnSync("bash", ["-c", script, "bash", command, ...args], { cwd, encoding: "utf8" });
  const [user = 0, system = 0] = stderr.trim().split("\n").at(-1)!.split(" ").map(Number);
  return { status, output: stdout, seconds: user + system };
}

/** Tarballs of everything that is published, by package name. */
function pack(destination: string): Readonly<Record<string, string>> {
  mkdirSync(destination);
  const packed = execFileSync("npm", ["pack", "--workspaces", "--json", "--ignore-scripts", "--pack-destination", destination], {
    cwd: workspace,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    maxBuffer: 2 ** 28,
  });
  const made = JSON.parse(packed) as readonly { readonly name: string; readonly filename: string }[];
  return Object.fromEntries(made.map(({ name, filename }) => [name, `file:${join(destination, filename)}`]));
}

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), "leader-packed-"));
  const tarballs = pack(join(place, "tarballs"));
  const own = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as Manifest;
  const others = Object.entries(own.devDependencies).filter(([name]) => tarballs[name] === undefined);
  const { "@leader/tools": _tools, ...dependencies } = { ...tarballs, ...Object.fromEntries(others) };
  writeFileSync(join(place, "package.json"), JSON.stringify({ name: "a-strangers-folder", private: true, type: "module", dependencies }));
  const npm = run(place, "npm", "install", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund");
  if (npm.status !== 0 && /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|ETIMEDOUT/u.test(npm.output)) unavailable = "no npm registry";
  else expect(npm.output).toMatch(/added \d+ packages/u);
}, 600_000);
afterAll(() => rmSync(place, { recursive: true, force: true }));

const bin = (name: string): string => join(place, "node_modules/.bin", name);

it("makes every scaffold from the packed package, and all their conformance tests pass", (context) => {
  if (unavailable !== "") return context.skip(unavailable);
  for (const kind of kindNames) {
    const made = run(place, bin("create-leader-plugin"), `@you/leader-my-${kind}`, "--kind", kind, "--folder", kind);
    expect(made.status, made.output).toBe(0);
  }
  const tested = run(place, bin("vitest"), "run", "--no-isolate", "--reporter=json", "--outputFile=report.json", "--testTimeout=60000");
  const report = JSON.parse(readFileSync(join(place, "report.json"), "utf8")) as {
    readonly numFailedTests: number;
    readonly testResults: readonly { readonly name: string; readonly status: string; readonly assertionResults: readonly unknown[] }[];
  };
  expect(report.numFailedTests, tested.output).toBe(0);
  expect(report.testResults).toHaveLength(kindNames.length);
  for (const { name, status, assertionResults } of report.testResults) {
    expect(status, name).toBe("passed");
    expect(assertionResults.length, name).toBeGreaterThan(10);
  }
  console.log(`conformance tests of ${kindNames.length} scaffolds: ${tested.seconds.toFixed(0)} s of computing`);
}, 600_000);

interface Scaffold {
  readonly scaffold: string;
  /** What the compiler said. */
  readonly problems: readonly string[];
  /** The exit code of `leader plugin check`. */
  readonly checked: number;
  /** Of the result, and of a picture of one grey. */
  readonly restored: Quality;
  readonly grey: Quality;
}

/** PSNR in dB to the original, and of what the picture measures as to the measurement. */
interface Quality {
  readonly decibel: number;
  readonly fit: number;
}

describe("every scaffold, by its own files", () => {
  let output = "";
  const made = new Map<string, Scaffold>();
  beforeAll(() => {
    if (unavailable !== "") return;
    expect(run(place, bin("leader"), "sample", "picture.png").status).toBe(0);
    cpSync(new URL("every-scaffold.mjs", import.meta.url), join(place, "every-scaffold.mjs"));
    const ended = run(place, process.execPath, "every-scaffold.mjs", ...kindNames);
    output = ended.output;
    for (const line of output.split("\n")) {
      if (!line.startsWith('{"scaffold"')) continue;
      const scaffold = JSON.parse(line) as Scaffold;
      made.set(scaffold.scaffold, scaffold);
    }
    console.log(`${kindNames.length} scaffolds built, checked and run: ${ended.seconds.toFixed(0)} s of computing`);
  }, 600_000);

  it.each(kindNames)("%s: builds, passes `leader plugin check`, and restores a picture", (kind) => {
    if (unavailable !== "") return;
    const { problems, checked, restored, grey } = made.get(kind) ?? expect.fail(output);
    expect(problems).toEqual([]);
    expect(checked, output).toBe(0);
    expect(statSync(join(place, kind, "restored.png")).size).toBeGreaterThan(1000);
    console.log(
      `${kind}: ${restored.decibel.toFixed(2)} dB, fits to ${restored.fit.toFixed(2)} dB; one grey ${grey.decibel.toFixed(2)} and ${grey.fit.toFixed(2)}`,
    );
    expect(restored.fit).toBeGreaterThan(grey.fit + 5);
    // Pixels that are not measured are draws of a prior without neighbourhoods there, as far from the original as its mean.
    expect(restored.decibel).toBeGreaterThan(kind === "denoiser" ? grey.decibel - 1 : grey.decibel + 5);
  });
});

it("takes at most 60 s of computing from nothing to a restored picture", (context) => {
  if (unavailable !== "") return context.skip(unavailable);
  const steps = {
    create: run(place, bin("create-leader-plugin"), "leader-afternoon", "--kind", "baseline"),
    test: run(join(place, "leader-afternoon"), "npm", "test"),
    build: run(join(place, "leader-afternoon"), "npm", "run", "build"),
    check: run(join(place, "leader-afternoon"), "npm", "run", "check"),
    try: run(join(place, "leader-afternoon"), "npm", "run", "try"),
  };
  for (const [step, { status, output }] of Object.entries(steps)) expect(status, `${step}: ${output}`).toBe(0);
  expect(existsSync(join(place, "leader-afternoon/restored.png"))).toBe(true);
  const seconds = Object.values(steps).reduce((sum, step) => sum + step.seconds, 0);
  const parts = Object.entries(steps).map(([step, spent]) => `${step} ${spent.seconds.toFixed(1)} s`);
  console.log(`from nothing to a restored picture: ${seconds.toFixed(1)} s of computing (${parts.join(", ")})`);
  expect(seconds).toBeLessThan(60);
}, 600_000);
