import { mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { createRequire } from "node:module";
import { afterAll, beforeAll, expect, test } from "vitest";
import { installedPlugins } from "../src/installed-plugins.js";
import { makeFolder, removeFolder } from "./host-fixture.js";
import { recordsOf, runCli } from "./run-cli.js";

// A project that depends on two plugins, one of which is broken, and on something else; a third plugin is there without being asked for.
const manifest = (name: string, more: object = {}): string =>
  JSON.stringify({
    name,
    version: "0.1.0",
    type: "module",
    keywords: ["leader-plugin"],
    leader: { apiVersion: "1.0" },
    exports: { ".": { default: "./plugin.js" }, "./package.json": "./package.json" },
    ...more,
  });
const plugin = (name: string): string => `import { z } from "zod";
export default { apiVersion: "1.0", name: "${name}", version: "0.1.0", stages: {
  "ten-steps": { kind: "scheduler", summary: "ten steps of one length", options: z.strictObject({ power: z.number().default(1).describe("of the grid") }), create: () => ({}) } } };
`;
let folder = "";
beforeAll(async () => {
  folder = await makeFolder({
    "package.json": JSON.stringify({
      type: "module",
      dependencies: { "leader-ten": "^0.1.0", other: "1.0.0", "leader-absent": "1.0.0" },
      devDependencies: { "leader-broken": "^0.1.0" },
    }),
    "node_modules/leader-ten/package.json": manifest("leader-ten"),
    "node_modules/leader-ten/plugin.js": plugin("leader-ten"),
    "node_modules/leader-broken/package.json": manifest("leader-broken"),
    "node_modules/leader-broken/plugin.js": "throw new Error('no license key');",
    "node_modules/leader-unasked/package.json": manifest("leader-unasked"),
    "node_modules/leader-unasked/plugin.js": plugin("leader-unasked"),
    "node_modules/other/package.json": manifest("other", { keywords: [] }),
    "node_modules/other/plugin.js": plugin("other"),
    "deeper/pipeline.yaml": "",
  });
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  symlinkSync(dirname(createRequire(import.meta.url).resolve("zod/package.json")), join(folder, "node_modules/zod"), "junction");
});
afterAll(() => removeFolder(folder));

test("finds by keyword what the project depends on, from any folder of it, and nothing else", () => {
  expect(installedPlugins(folder)).toEqual(["leader-broken", "leader-ten"]);
  expect(installedPlugins(join(folder, "deeper"))).toEqual(["leader-broken", "leader-ten"]);
  expect(installedPlugins("/")).toEqual([]);
});

test("`leader plugins` lists them without being told, and says which one it could not load", async () => {
  const listed = await runCli(["plugins", "--json"], { cwd: folder });
  expect(listed.code).toBe(0);
  const names = recordsOf(listed).map(({ name }) => name);
  expect(names).toContain("leader-ten");
  expect(names).toContain("@leader/operators");
  expect(names).not.toContain("leader-unasked");
  expect(listed.stderr).toContain("leader-broken");
  expect(listed.stderr).toContain("no license key");
  const without = await runCli(["plugins", "--json", "--no-local-plugins"], { cwd: folder });
  expect(recordsOf(without).map(({ name }) => name)).not.toContain("leader-ten");
  expect(without.stderr).toBe("");
});

test("the schema completes their stages and options", async () => {
  const { code, stdout } = await runCli(["schema"], { cwd: join(folder, "deeper") });
  expect(code).toBe(0);
  const { properties } = JSON.parse(stdout) as { readonly properties: Readonly<Record<string, unknown>> };
  expect(JSON.stringify(properties["scheduler"])).toContain("leader-ten#ten-steps");
  expect(JSON.stringify(properties["scheduler"])).toContain("of the grid");
});
