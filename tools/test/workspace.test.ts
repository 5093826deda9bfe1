// The dependency direction is a promise to plugin authors (whatever our own method uses, they can use),
// and three places state it: the table, the package.json files and the tsconfig files. They must not drift apart.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { Linter } from "eslint";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import workspacePlugin, { boundaries, importProblem, matches, tagOf } from "../scripts/eslint-boundaries.mjs";
import { derivedFiles } from "../scripts/sync-baselines.mjs";
import { sourceEntryPoints, workspacePackages, workspaceRoot } from "../scripts/workspace-packages.mjs";

const packages = workspacePackages();
const folderOf = new Map(packages.map(({ folder, manifest }) => [manifest.name, folder]));

/** A package may hold data alone. */
const hasCode = (folder: string): boolean => existsSync(join(workspaceRoot, folder, "tsconfig.json"));

/** The folders that a tsconfig.json references, also through the solution file of the baselines. */
function referencesOf(folder: string, file = "tsconfig.json"): string[] {
  const tsconfig = JSON.parse(readFileSync(join(workspaceRoot, folder, file), "utf8")) as { references?: { path: string }[] };
  return (tsconfig.references ?? [])
    .flatMap(({ path }) => (path.endsWith(".json") ? referencesOf(".", posix.basename(path)) : [posix.join(folder, path)]))
    .sort();
}

describe.each(packages)("$folder", ({ folder, manifest }) => {
  const tag = tagOf(folder);
  const rules = boundaries.tags[tag ?? ""];
  const names = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies });
  const developmentNames = Object.keys(manifest.devDependencies ?? {});

  it("carries the tag of the table", () => {
    expect(manifest.nx?.tags).toEqual([tag]);
    expect(rules).toBeDefined();
  });

  it("depends only on what its tag allows", () => {
    // What is brought along is resolved by name when a pipeline asks for it, and imported by tests only.
    const allowed = [...(rules?.mayDependOn ?? []), ...(rules?.mayBringAlong ?? [])];
    const check = (name: string, tags: readonly string[]): void => {
      const target = folderOf.get(name);
      if (target === undefined) expect(rules?.banned.filter((pattern) => matches(pattern, name))).toEqual([]);
      else expect(tags).toContain(tagOf(target));
    };
    for (const name of names) check(name, allowed);
    for (const name of developmentNames) check(name, [...allowed, ...(rules?.testsMayDependOn ?? [])]);
  });

  it.runIf(manifest.private !== true)(
    "can be published: licence, readme, author, repository, and ranges that a patch of the contract fits",
    () => {
      const published = JSON.parse(readFileSync(join(workspaceRoot, folder, "package.json"), "utf8")) as Readonly<Record<string, unknown>>;
      expect(published).toMatchObject({
        license: "MIT",
        author: expect.any(String) as string,
        repository: { directory: folder },
        publishConfig: { access: "public", provenance: true },
      });
      for (const file of ["LICENSE", "README.md"]) expect(existsSync(join(workspaceRoot, folder, file)), file).toBe(true);
      const ranges = Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies }).filter(([name]) => folderOf.has(name));
      for (const [name, range] of ranges) expect(`${name} ${range}`).toMatch(/ \^\d/u);
    },
  );

  it.runIf(hasCode(folder))("references in tsconfig.json what it depends on in package.json", () => {
    expect(referencesOf(folder)).toEqual(
      names
        .flatMap((name) => folderOf.get(name) ?? [])
        .filter(hasCode)
        .sort(),
    );
  });
});

it("every row of the table is used and the solution file lists every package but baselines that no release has brought along", () => {
  const patterns = Object.keys(boundaries.projects);
  expect(patterns.filter((pattern) => !packages.some(({ folder }) => matches(pattern, folder)))).toEqual([]);
  const unlisted = packages.map(({ folder }) => folder).filter((folder) => hasCode(folder) && !referencesOf(".").includes(folder));
  expect(unlisted.filter((folder) => !folder.startsWith("packages/baselines/"))).toEqual([]);
  expect(referencesOf(".").filter((folder) => !packages.some((one) => one.folder === folder))).toEqual([]);
});

it("what npm run sync wrote lists baselines that are there, the same in both files, and a release runs it", () => {
  const cli = packages.find(({ folder }) => folder === "apps/cli")?.manifest.dependencies ?? {};
  const brought = Object.entries(cli).filter(([name]) => name.startsWith("@leader/baseline-"));
  expect(brought.length).toBeGreaterThanOrEqual(22);
  expect(referencesOf(".", "tsconfig.baselines.json")).toEqual(brought.map(([name]) => folderOf.get(name)).sort());
  for (const [name, range] of brought)
    expect(range).toBe(`^${packages.find(({ manifest }) => manifest.name === name)?.manifest.version ?? ""}`);
  const nx = JSON.parse(readFileSync(join(workspaceRoot, "nx.json"), "utf8")) as { release: { version: { preVersionCommand: string } } };
  expect(nx.release.version.preVersionCommand).toContain("npm run sync");
});

it("npm run sync brings along every baseline that has a folder", () => {
  const { "apps/cli/package.json": cli, "tsconfig.baselines.json": solution } = derivedFiles();
  for (const { folder, manifest } of packages.filter((one) => one.folder.startsWith("packages/baselines/"))) {
    expect((JSON.parse(cli!) as { dependencies: Readonly<Record<string, string>> }).dependencies).toHaveProperty([manifest.name]);
    expect(solution).toContain(folder);
  }
});

it("tsconfig.test.json finds the same sources as the test runner", () => {
  const { config } = ts.readConfigFile(join(workspaceRoot, "tsconfig.test.json"), (path) => ts.sys.readFile(path)) as { config: unknown };
  const { options } = ts.parseJsonConfigFileContent(config, { ...ts.sys, readDirectory: () => [] }, workspaceRoot);
  // Existence is not the question here, so every .ts file is taken to exist.
  const host = { ...ts.sys, fileExists: (path: string) => /\/src\/.*(?<!\.d)\.ts$/.test(path) || ts.sys.fileExists(path) };
  for (const [name, source] of sourceEntryPoints()) {
    const { resolvedModule } = ts.resolveModuleName(name, join(workspaceRoot, "tools/test/workspace.test.ts"), options, host);
    expect(resolvedModule?.resolvedFileName, name).toBe(source);
  }
});

describe("import rules", () => {
  it.each([
    ["packages/graph/src/index.ts", "@leader/core"],
    ["packages/graph/src/index.ts", "leader-restore"],
    ["packages/core/src/index.ts", "leader-restore"],
    ["packages/core/src/index.ts", "@leader/method"],
    ["packages/core/src/index.ts", "yaml"],
    ["packages/graph/src/onnx/read.ts", "onnxruntime-node"],
    ["packages/core/src/index.ts", "@tensorflow/tfjs"],
    ["packages/core/src/index.ts", "../../operators/src/index.js"],
    ["packages/operators/src/index.ts", "@leader/baseline-ddnm"],
    ["packages/operators/src/index.ts", "leader-restore"],
    ["packages/operators/src/index.ts", "@leader/method"],
    ["packages/operators/src/index.ts", "tsyringe"],
    ["packages/backends/onnx/src/index.ts", "@leader/operators"],
    ["packages/leader/src/index.ts", "@leader/operators"],
    ["packages/leader/src/index.ts", "onnxruntime-node"],
    ["packages/leader/src/host/run/loop.ts", "tsyringe"],
    ["packages/method/src/ucpm/ucpm.ts", "../../../leader/src/host/run/loop.js"],
    ["packages/method/src/ucpm/ucpm.ts", "leader-restore"],
    ["packages/method/src/ucpm/ucpm.ts", "@leader/operators"],
    ["packages/method/src/ucpm/ucpm.ts", "sharp"],
    ["apps/cli/src/main.ts", "@leader/core/dist/index.js"],
    ["apps/cli/src/main.ts", "@leader/core/ir"],
    ["apps/cli/src/main.ts", "@leader/unknown"],
    ["apps/cli/src/main.ts", "../../../packages/baselines/ddnm/test/restated.js"],
    ["apps/cli/test/methods.test.ts", "../../../packages/baselines/ddnm/src/ddnm.js"],
    ["packages/baselines/ddrm/test/noise.test.ts", "../../ddnm/test/restated.js"],
    ["packages/core/src/index.ts", "left-pad"],
    ["packages/core/src/index.ts", "fast-check"],
  ])("%s may not import %s", (file, specifier) => {
    expect(importProblem(file, specifier)).toBeTypeOf("string");
  });

  it.each([
    ["packages/core/src/index.ts", "node:fs"],
    ["packages/graph/src/onnx/read.ts", "onnx-buf"],
    ["packages/core/src/tree.test.ts", "fast-check"],
    ["packages/operators/src/index.ts", "@leader/core/testing"],
    ["packages/backends/onnx/src/session.ts", "onnxruntime-node"],
    ["packages/leader/src/host/compose/run-scope.ts", "tsyringe"],
    ["packages/method/src/ucpm/ucpm.ts", "../uncertainty/ensemble.js"],
    ["packages/method/src/ucpm/ucpm.ts", "@leader/core"],
    ["packages/core/src/index.ts", "@leader/graph"],
    ["packages/leader/src/index.ts", "@leader/method"],
    ["apps/cli/src/main.ts", "@leader/operators"],
    ["apps/cli/test/methods.test.ts", "../../../packages/baselines/ddnm/test/restated.js"],
    ["tools/src/index.ts", "leader-restore"],
  ])("%s may import %s", (file, specifier) => {
    expect(importProblem(file, specifier)).toBeUndefined();
  });

  it.each(['import "yaml";', 'await import("yaml");', 'export * from "yaml";', 'export { parse } from "yaml";'])("sees %s", (code) => {
    const messages = new Linter({ cwd: workspaceRoot }).verify(
      code,
      [{ files: ["**/*.ts"], plugins: { leader: workspacePlugin }, rules: { "leader/boundaries": "error" } }],
      { filename: join(workspaceRoot, "packages/core/src/index.ts") },
    );
    expect(messages.map(({ ruleId }) => ruleId)).toEqual(["leader/boundaries"]);
  });
});

it("aliases name files below a src folder", () => {
  expect(sourceEntryPoints().size).toBeGreaterThan(0);
  for (const source of sourceEntryPoints().values()) expect(dirname(source)).toMatch(/[\\/]src([\\/]|$)/);
});
