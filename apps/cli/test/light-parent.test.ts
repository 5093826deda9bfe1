import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const source = fileURLToPath(new URL("../src/", import.meta.url));
const library = fileURLToPath(new URL("../../../packages/leader/src/", import.meta.url));
const lightEntries = ["@leader/graph/errors", "@leader/graph/records"];

/** What a module loads at once, directly or not: packages by name, and never what is imported for types or when it is needed. */
function loadedBy(file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) return new Set();
  seen.add(file);
  const imports = [...readFileSync(file, "utf8").matchAll(/^(?:import|export) (?!type )[^;]*?from "([^"]+)";|^import "([^"]+)";/gmu)];
  const names = imports.map(([, from, alone]) => (from ?? alone)!);
  return new Set(
    names.flatMap((name) => (name.startsWith(".") ? [...loadedBy(join(dirname(file), name.replace(/\.js$/u, ".ts")), seen)] : [name])),
  );
}

const packagesOf = (file: string): readonly string[] => [...loadedBy(file)].filter((name) => !name.startsWith("node:"));

// Each of these leaves the work to another process, which starts the sooner the less is loaded before: 30 modules in place of 480. And
// whatever the files hold that it is given, this one stays small and answers signals.
const light = ["degrade", "restore", "task", "check", "graph", "explain", "reproduce", "bench", "report", "inspect", "import"] as const;
const lightToo = ["plugin-check", "import-lpips", "sample", "cache", "lock", "plugins", "schema", "doctor"] as const;

test.each([...light, ...lightToo])("the parent of `%s` loads neither the library nor the graph language", (command) => {
  const loaded = packagesOf(join(source, `commands/${command}.ts`));
  const allowed = [...lightEntries, "leader-restore/supervision"];
  expect(loaded.filter((name) => !allowed.includes(name))).toEqual([]);
  expect(loaded).toContain("leader-restore/supervision");
});

test("what such a parent loads of the library loads neither", () => {
  expect(packagesOf(join(library, "supervision.ts")).filter((name) => !lightEntries.includes(name))).toEqual([]);
});

test("the computing process is started before anything else is loaded", () => {
  expect(packagesOf(join(source, "ahead.ts"))).toEqual(["leader-restore/ahead"]);
  expect(packagesOf(join(library, "ahead.ts"))).toEqual([]);
});
