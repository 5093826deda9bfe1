import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { API_VERSION } from "@leader/core";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isKind, kindNames, namesOf, scaffoldFiles, writeScaffold } from "../src/index.js";

let folder = "";
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "leader-create-"))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const workspace = new URL("../../../", import.meta.url);
const names = namesOf("@you/leader-flash");

describe("names", () => {
  it.each([
    ["@you/leader-flash", "flash", "flash", "YOU_LEADER_FLASH"],
    ["my-plugin", "my", "my", "MY_PLUGIN"],
    ["leader-null-space", "null-space", "nullSpace", "LEADER_NULL_SPACE"],
    ["2fast", "2fast", "stage2fast", "2FAST"],
    ["@switch/switch", "switch", "switch", "SWITCH_SWITCH"],
  ])("%s has the stage %s", (name, stage, identifier, codes) => {
    expect(namesOf(name)).toEqual({ package: name, stage, identifier, codes });
  });

  it.each(["My-Plugin", "a b", "../evil", ".hidden", "fs", "node_modules", "leader-plugin", "", "@you/", `a${"b".repeat(300)}`])(
    "`%s` is refused with a code",
    (name) => {
      expect(() => namesOf(name)).toThrow(expect.objectContaining({ code: "LEADER_CREATE_NAME_INVALID" }) as Error);
    },
  );
});

describe("the command", () => {
  interface Ended {
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
  }
  const bin = new URL("../bin/create-leader-plugin.js", import.meta.url).pathname;
  const create = (...args: readonly string[]): Promise<Ended> =>
    new Promise((resolve) => {
      const child = execFile(process.execPath, [bin, ...args], { cwd: folder, encoding: "utf8" }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
      child.stdin?.end();
    });

  it("writes a package, and never into a folder that holds something", async () => {
    const first = await create("@you/leader-glow", "--kind", "baseline");
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(first.stdout).toContain("cd leader-glow");
    const manifest = join(folder, "leader-glow/package.json");
    const before = readFileSync(manifest, "utf8");
    expect(JSON.parse(before)).toMatchObject({
      name: "@you/leader-glow",
      keywords: ["leader-plugin"],
      leader: { apiVersion: API_VERSION },
    });

    const again = await create("@you/leader-glow", "--kind", "operator");
    expect(again.code).toBe(42);
    expect(again.stderr).toContain("LEADER_CREATE_FOLDER_NOT_EMPTY");
    expect(readFileSync(manifest, "utf8")).toBe(before);
  });

  it("refuses what it cannot make with a code, and asks nobody where nobody can answer", async () => {
    writeFileSync(join(folder, "a-file"), "");
    const cases = [
      [["my-plugin"], "LEADER_CREATE_KIND_MISSING", 42],
      [[], "LEADER_CREATE_NAME_MISSING", 42],
      [["my-plugin", "--kind", "sampler"], "LEADER_CREATE_KIND_UNKNOWN", 42],
      [["My Plugin", "--kind", "baseline"], "LEADER_CREATE_NAME_INVALID", 42],
      [["a-file", "--kind", "baseline"], "LEADER_CREATE_FOLDER_IS_FILE", 42],
      [["my-plugin", "--kind", "baseline", "--folder", "a-file/in"], "LEADER_CREATE_FOLDER_UNUSABLE", 42],
      // Linux refuses this one as if `/proc` itself were missing.
      [["my-plugin", "--kind", "baseline", "--folder", "/proc/nothing/here"], "LEADER_CREATE_FOLDER_UNUSABLE", 42],
      [["my-plugin", "--sort", "baseline"], "LEADER_CREATE_BAD_ARGUMENTS", 2],
      [["one", "two"], "LEADER_CREATE_BAD_ARGUMENTS", 2],
    ] as const;
    for (const [args, code, exit] of cases) {
      const ended = await create(...args);
      expect(ended.stderr, args.join(" ")).toContain(code);
      expect(ended.code, args.join(" ")).toBe(exit);
      expect(ended.stderr).not.toContain("    at ");
    }
    expect(existsSync(join(folder, "my-plugin"))).toBe(false);
  });
});

describe("the templates", () => {
  it("are there for every kind of the contract", () => {
    expect([...kindNames].sort()).toEqual(
      ["backend", "baseline", "denoiser", "modulator", "operator", "scheduler", "uncertainty", "wrapper"].sort(),
    );
    expect(isKind("constructor")).toBe(false);
  });

  it.each(kindNames)("%s: leaves no placeholder, states ranges that were released, and has what a package needs", (kind) => {
    const files = new Map(scaffoldFiles(kind, names).map(({ path, text }) => [path, text]));
    for (const path of [".gitignore", ".github/workflows/ci.yml", "LICENSE", "README.md", "pipeline.yaml", "src/flash.ts", "tsconfig.json"])
      expect(files.has(path), path).toBe(true);
    for (const [path, text] of files) {
      const left = /leader-(?:package|stage)-|leaderStage|LEADER_STAGE|: "\*"/u.exec(`${path}\n${text}`);
      expect(left?.[0], path).toBeUndefined();
    }
    const manifest = JSON.parse(files.get("package.json")!) as Readonly<Record<string, Readonly<Record<string, string>>>>;
    const core = JSON.parse(readFileSync(new URL("packages/core/package.json", workspace), "utf8")) as { readonly version: string };
    expect(manifest["peerDependencies"]).toMatchObject({ "@leader/core": `^${core.version}` });
    expect(files.get("src/plugin.ts")).toContain(`apiVersion: "${API_VERSION}"`);
  });

  it("compile as they are, tests included", () => {
    symlinkSync(new URL("node_modules", workspace).pathname, join(folder, "node_modules"), "junction");
    mkdirSync(join(folder, "all"), { recursive: true });
    const roots = kindNames.flatMap((kind) => {
      const files = scaffoldFiles(kind, names);
      const place = join(folder, "all", kind);
      writeScaffold(place, files);
      return files.filter(({ path }) => path.endsWith(".ts")).map(({ path }) => join(place, path));
    });
    const { config } = ts.readConfigFile(join(dirname(roots[0]!), "../tsconfig.json"), (path) => ts.sys.readFile(path)) as {
      config: { readonly compilerOptions: object };
    };
    const { options } = ts.convertCompilerOptionsFromJson({ ...config.compilerOptions, preserveSymlinks: true }, folder);
    const problems = ts.getPreEmitDiagnostics(ts.createProgram(roots, options));
    expect(problems.map((p) => `${p.file?.fileName ?? ""}: ${ts.flattenDiagnosticMessageText(p.messageText, "\n")}`)).toEqual([]);
  }, 120_000);
});
