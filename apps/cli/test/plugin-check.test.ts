import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeFolder, removeFolder } from "./host-fixture.js";
import { runCli } from "./run-cli.js";

const name = "@acme/leader-null-space";
const manifest = {
  name,
  version: "0.1.0",
  type: "module",
  license: "MIT",
  repository: { type: "git", url: "git+https://example.org/acme/leader-null-space.git" },
  sideEffects: false,
  keywords: ["leader-plugin"],
  leader: { apiVersion: "1.0" },
  exports: { ".": { types: "./plugin.d.ts", default: "./plugin.js" }, "./package.json": "./package.json" },
  files: ["plugin.js", "plugin.d.ts"],
  peerDependencies: { "@leader/core": "^0.1.0", zod: "^4.6.7" },
};
const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
const written = /```ts plugin\.ts\n([\s\S]*?)```/u.exec(readme)![1]!;
const source = ts.transpileModule(written, {
  compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
}).outputText;
const declarations = `import type { Plugin } from "@leader/core";\ndeclare const plugin: Plugin;\nexport default plugin;\n`;
const careless = `globalThis.acme = 1;
process.env.ACME = "1";
process.on("SIGUSR2", () => {});
setInterval(() => {}, 1000);
console.log("Thank you for choosing acme");
const options = { "~standard": { version: 1, vendor: "acme", validate: (value) => ({ value }), jsonSchema: { input: () => ({ type: "object", properties: { strength: { type: "number" } } }) } } };
export default { apiVersion: "1.0", name: "acme-careless", version: "0.2.0", stages: { Flash: { kind: "wrapper", summary: "flash", options, create: () => ({}) } } };
`;

let folder = "";
beforeAll(async () => {
  folder = await makeFolder({
    "good/package.json": JSON.stringify(manifest),
    "good/plugin.js": source,
    "good/plugin.d.ts": declarations,
    "good/README.md": "# A plugin\n",
    "careless/package.json": JSON.stringify({
      name: "acme-careless",
      version: "0.1.0",
      type: "module",
      leader: { apiVersion: "1.0" },
      exports: { ".": { import: "./plugin.js", default: "./plugin.js" } },
      dependencies: { "@leader/core": "0.1.0" },
    }),
    "careless/plugin.js": careless,
    "hanging/package.json": JSON.stringify({ ...manifest, name: "acme-leader-leaves" }),
    "hanging/plugin.js": "process.exit(3);",
    "hanging/plugin.d.ts": declarations,
  });
  symlinkSync(new URL("../../../node_modules", import.meta.url).pathname, join(folder, "node_modules"), "junction");
});
afterAll(() => removeFolder(folder));

interface Record {
  readonly type: string;
  readonly level?: string;
  readonly problem?: string;
  readonly errors?: number;
}
const check = async (
  which: string,
): Promise<{ readonly code: number | null; readonly errors: readonly string[]; readonly all: readonly string[] }> => {
  const { code, stdout } = await runCli(["plugin", "check", join(folder, which), "--json"], { cwd: folder });
  const records = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record);
  const findings = records.filter(({ type }) => type === "finding");
  return {
    code,
    errors: findings.filter(({ level }) => level === "error").map(({ problem }) => problem!),
    all: findings.map(({ problem }) => problem!),
  };
};

test("finds no error in the README's plugin, neither by convention nor by publint and the types", async () => {
  const { code, errors, all } = await check("good");
  expect(errors).toEqual([]);
  expect(all.join("\n")).not.toContain("is not installed");
  expect(code).toBe(0);
}, 120_000);

test("names everything that a careless plugin gets wrong", async () => {
  const { code, errors, all } = await check("careless");
  expect(code).toBe(42);
  for (const part of [
    "the keyword `leader-plugin` is missing",
    "`exports` hides package.json",
    "@leader/core is a dependency",
    "importing it writes: Thank you for choosing acme",
    "`version` is 0.2.0 in the code and 0.1.0 in package.json",
    "a global: acme",
    "a listener of the process: SIGUSR2",
    "an environment variable: ACME=1",
    "a timer",
    "`Flash` is not kebab-case",
    "accepts options that it does not know",
    "the option `strength` is not described",
  ])
    expect(errors.join("\n")).toContain(part);
  expect(all.join("\n")).toContain("names no reference");
}, 120_000);

test("survives a plugin that ends the process", async () => {
  const { code, errors } = await check("hanging");
  expect(code).toBe(42);
  expect(errors.join("\n")).toContain("did not end, or ended the process");
}, 120_000);
