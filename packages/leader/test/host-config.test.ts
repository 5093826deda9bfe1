import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isLeaderError } from "@leader/graph";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resolvePlugin } from "../src/host/plugins/resolve.js";
import {
  createPipeline,
  formatDiagnostic,
  isConfigError,
  loadPipeline,
  parsePipeline,
  pipelineSchema,
  type Diagnostic,
} from "../src/index.js";
import plugin from "@leader/method";
import { fixturePipeline, fixturePlugin, makeFolder, removeFolder } from "./host-fixture.js";

const cases = new URL("host-cases/", import.meta.url).pathname;

const stageText = `{ kind: "baseline", summary: "flash", options: { "~standard": { version: 1, vendor: "x", validate: (value) => ({ value }) } }, create: () => ({}) }`;
const packageFiles = (name: string, declared: string | undefined, stated: string): Readonly<Record<string, string>> => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({
    name,
    version: "1.0.0",
    type: "module",
    main: "index.js",
    ...(declared === undefined ? {} : { leader: { apiVersion: declared } }),
  }),
  [`node_modules/${name}/index.js`]: `globalThis.leaderTestImported = [...(globalThis.leaderTestImported ?? []), "${name}"];
export default { apiVersion: "${stated}", name: "${name}", version: "1.0.0", stages: { flash: ${stageText} } };`,
});

let folder = "";
beforeAll(async () => {
  folder = await makeFolder({
    "package.json": '{ "type": "module" }',
    "fixture.js": fixturePlugin,
    "throws.js": 'throw new Error("needs a licence");',
    "rejects.js": 'await Promise.reject("no network");',
    "waits.js": "await new Promise(() => {});",
    "named.js": "export const plugin = {};",
    "misshapen.js": 'export default { apiVersion: "1.0", name: "misshapen", version: "1.0.0", stages: { flash: { kind: "sampler" } } };',
    "traps.js": 'export default new Proxy({}, { get() { throw new Error("do not look"); } });',
    "schema.js": `const bad = { "~standard": { version: 1, vendor: "x", validate() { throw new Error("schema trouble"); } } };
      const any = { "~standard": { version: 1, vendor: "x", validate: (value) => ({ value }) } };
      export default { apiVersion: "1.0", name: "schema", version: "1.0.0", stages: {
        flash: { kind: "baseline", summary: "", options: bad, create: () => ({}) },
        broken: { kind: "baseline", summary: "", options: any, create() { throw new RangeError("out of luck"); } },
        nothing: { kind: "operator", summary: "", options: any, create: async () => { throw "nothing"; } } } };`,
    ...packageFiles("acme-old", "0.9", "0.9"),
    ...packageFiles("acme-new", "1.7", "1.7"),
    ...packageFiles("acme-undeclared", undefined, "1.0"),
    ...packageFiles("acme-contradiction", "1.0", "1.0.0"),
    ...packageFiles("acme-flash", "1.0", "1.0"),
    ...packageFiles("acme-copy", "1.0", "1.0"),
    "node_modules/acme-copy/node_modules/@leader/core/package.json": '{ "name": "@leader/core", "version": "0.0.9", "main": "index.js" }',
    "node_modules/acme-copy/node_modules/@leader/core/index.js": "",
  });
});
afterAll(() => removeFolder(folder));

const pathOf = (name = "pipeline.yaml"): string => join(folder, name);

async function diagnosticsOf(promise: Promise<unknown>): Promise<readonly Diagnostic[]> {
  try {
    await promise;
  } catch (error) {
    if (isConfigError(error)) return error.diagnostics;
    throw error;
  }
  return [];
}

describe("every case of a pipeline that cannot run", () => {
  test.each(readdirSync(cases))("%s", async (name) => {
    const read = (file: string): string => readFileSync(join(cases, name, file), "utf8");
    const set = existsSync(join(cases, name, "set.txt")) ? read("set.txt").trim().split("\n") : [];
    const diagnostics = await diagnosticsOf(
      parsePipeline(read("pipeline.yaml"), pathOf(), { set, importSeconds: 1 }).then((pipeline) =>
        pipeline.check({ shape: [1, 1, 4, 4], dtype: "float32" }),
      ),
    );
    expect(diagnostics.length).toBeGreaterThan(0);
    for (const { line, column, length, hint, code } of diagnostics) {
      expect(code).toMatch(/^LEADER_[A-Z_]+$/u);
      expect(hint).not.toBe("");
      expect([line, column, length].every((n) => n !== undefined && n >= 1)).toBe(true);
    }
    const text = diagnostics.map(formatDiagnostic).join("\n\n").replaceAll(folder, "<folder>");
    await expect(`${text}\n`).toMatchFileSnapshot(join(cases, name, "expected.txt"));
  });

  test("plugins of another API version are not even imported", () => {
    const imported = (globalThis as { leaderTestImported?: readonly string[] }).leaderTestImported ?? [];
    expect(imported).not.toContain("acme-old");
    expect(imported).not.toContain("acme-new");
    expect(imported).not.toContain("acme-undeclared");
    expect(imported).toContain("acme-contradiction");
  });
});

describe("texts that no file should hold", () => {
  // The YAML parser is recursive; parsing a deep text twice in one process could abort it, so the guard is asked twice.
  const hostile: readonly (readonly [string, string, string])[] = [
    ["1,000 open brackets", "[".repeat(1000), "LEADER_CONFIG_TOO_LARGE"],
    ["100,000 open braces with quotes that close", '{"]": '.repeat(100_000), "LEADER_CONFIG_TOO_LARGE"],
    ["nested block sequences", "- ".repeat(500) + "x", "LEADER_CONFIG_TOO_LARGE"],
    ["nested block mappings", Array.from({ length: 200 }, (_, i) => `${" ".repeat(i)}a:\n`).join(""), "LEADER_CONFIG_TOO_LARGE"],
    ["explicit keys", "? ".repeat(500) + "x", "LEADER_CONFIG_TOO_LARGE"],
    ["2 MiB", `a: ${"x".repeat(2 << 20)}`, "LEADER_CONFIG_TOO_LARGE"],
    ["40,000 keys", Array.from({ length: 40_000 }, (_, i) => `key${i}: 1\n`).join(""), "LEADER_CONFIG_TOO_LARGE"],
    ["a NUL character", "seed: \0", "LEADER_CONFIG_NOT_TEXT"],
  ];
  test.each(hostile)("%s", async (_name, text, code) => {
    for (let time = 0; time < 2; time++) expect((await diagnosticsOf(parsePipeline(text, "x.yaml"))).map((d) => d.code)).toEqual([code]);
  });

  test("64 levels are not too deep for the parser", async () => {
    const nested = `${"[".repeat(60)}${"]".repeat(60)}`;
    const found = await diagnosticsOf(parsePipeline(fixturePipeline({ noise: nested }), pathOf()));
    expect(found.map((d) => d.code)).toEqual(["LEADER_CONFIG_INVALID_VALUE"]);
  });

  test("a file that is not UTF-8, and one that is missing", async () => {
    const other = await makeFolder();
    const { writeFile } = await import("node:fs/promises");
    await writeFile(join(other, "latin.yaml"), Uint8Array.of(0x61, 0x3a, 0x20, 0xe9));
    expect((await diagnosticsOf(loadPipeline(join(other, "latin.yaml")))).map((d) => d.code)).toEqual(["LEADER_CONFIG_NOT_TEXT"]);
    const missing = await loadPipeline(join(other, "missing.yaml")).catch((error: unknown) => error);
    expect(isLeaderError(missing) && missing.code).toBe("LEADER_FILE_MISSING");
    await removeFolder(other);
  });
});

test("no damaged text does worse than a located error", async () => {
  const good = fixturePipeline({ noise: "0.05", modulator: "\n  use: leader#ucpm\n  with:\n    weight: 1" });
  const scraps = [
    "[",
    "]",
    "{",
    "}",
    ":",
    "- ",
    "? ",
    "*a",
    "&a ",
    "<<",
    "!!x ",
    "@",
    "`",
    '"',
    "'",
    "|",
    ">",
    "%",
    "#",
    "\t",
    "\r",
    "\uFEFF",
    "\u0001",
    "---\n",
    "\n  ",
    "1e-4",
    "0o7",
    "~",
    "__proto__: 1\n",
    "constructor: {}\n",
  ];
  const edit = fc.record({ at: fc.nat(good.length), remove: fc.nat(6), insert: fc.constantFrom("", ...scraps) });
  const property = fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
    const text = edits.reduce((all, { at, remove, insert }) => all.slice(0, at) + insert + all.slice(at + remove), good);
    for (const { code, hint, line, column, length } of await diagnosticsOf(parsePipeline(text, pathOf(), { load: false }))) {
      expect(code).toMatch(/^LEADER_/u);
      expect(hint).not.toBe("");
      expect([line, column, length].every((n) => Number.isInteger(n) && n! >= 1)).toBe(true);
    }
  });
  await fc.assert(property, { numRuns: 400, seed: 1 });
});

describe("what a good pipeline becomes", () => {
  test("is frozen, shows defaults, and has a hash of its content", async () => {
    const pipeline = await parsePipeline(fixturePipeline({ noise: "0.05" }), pathOf());
    expect(pipeline.config).toMatchObject({
      seed: 0,
      noise: 0.05,
      scheduler: { use: "leader#uniform", with: { steps: 4 } },
      backend: { with: { checkFinite: true } },
    });
    expect(() => ((pipeline.config as { seed: number }).seed = 1)).toThrow(TypeError);
    expect(() => ((pipeline.config.scheduler.with as { steps: number }).steps = 1)).toThrow(TypeError);
    const same = await parsePipeline(`# a comment\n${fixturePipeline({ noise: "5.0e-2" })}`, pathOf());
    const other = await parsePipeline(fixturePipeline({ noise: "0.06" }), pathOf());
    expect(same.hash).toBe(pipeline.hash);
    expect(other.hash).not.toBe(pipeline.hash);
    expect(JSON.parse(JSON.stringify(pipeline.config))).toEqual(pipeline.config);
  });

  test("--set replaces, creates and reads YAML, in order", async () => {
    const set = ["noise=0.1", "noise=0.2", "scheduler.with.steps=7", "baseline.with.share=0.25", "backend.with={ checkFinite: false }"];
    const { config } = await parsePipeline(fixturePipeline(), pathOf(), { set });
    expect(config).toMatchObject({
      noise: 0.2,
      scheduler: { with: { steps: 7 } },
      baseline: { with: { share: 0.25 } },
      backend: { with: { checkFinite: false } },
    });
  });

  test("names of the method stand for the roles, and an uncertainty is chosen where one is needed", async () => {
    const text = fixturePipeline({ ucpm: '{ use: "leader#ucpm" }', satp: '{ use: "leader#satp" }', scheduler: "" }).replace(
      "scheduler: \n",
      "",
    );
    const { config } = await parsePipeline(text, pathOf());
    expect(config.modulator?.use).toBe("leader#ucpm");
    expect(config.scheduler.use).toBe("leader#satp");
    expect(config.uncertainty?.use).toBe("leader#stein");
  });

  test("defaults of the application and of the host fill what is missing", async () => {
    const text = fixturePipeline().replace(/^(denoiser|scheduler|backend).*\n/gmu, "");
    const { config } = await parsePipeline(text, pathOf(), {
      defaults: { denoiser: { use: "./fixture.js#gaussian" }, backend: { use: "leader#reference" } },
    });
    expect(config).toMatchObject({
      denoiser: { use: "./fixture.js#gaussian" },
      scheduler: { use: "leader#uniform", with: { steps: 100 } },
      backend: { use: "leader#reference" },
    });
  });

  test("without loading, no plugin code runs", async () => {
    const text = fixturePipeline({ baseline: '{ use: "./throws.js#flash" }', operator: '{ use: "acme-flash#flash" }' });
    const pipeline = await parsePipeline(text, pathOf(), { load: false });
    expect(pipeline.plugins).toContainEqual(expect.objectContaining({ name: "acme-flash", version: "1.0.0", apiVersion: "1.0" }));
    expect((globalThis as { leaderTestImported?: readonly string[] }).leaderTestImported ?? []).not.toContain("acme-flash");
  });

  test("a bundled package wins over one of its name beside the file, which is said, and others are found beside it", async () => {
    const beside = join(folder, "node_modules/acme-flash/index.js");
    const other = join(folder, "node_modules/acme-copy/index.js");
    const pipeline = await parsePipeline(fixturePipeline({ baseline: '{ use: "acme-flash#flash" }' }), pathOf(), {});
    expect(pipeline.plugins).toContainEqual(expect.objectContaining({ name: "acme-flash", path: beside, origin: "local" }));
    const missing = { "acme-flash": { url: new URL("nowhere.js", `file://${folder}/`).href } };
    const won = await diagnosticsOf(
      parsePipeline(fixturePipeline({ baseline: '{ use: "acme-flash#flash" }' }), pathOf(), { bundled: missing }),
    );
    // The bundled one is what is looked at, even where it is broken.
    expect(won.map((d) => d.code)).toEqual(["LEADER_PLUGIN_API_UNDECLARED"]);
    const bundled = {
      "acme-copy": { url: new URL(beside, "file:///").href },
      fixture: { url: new URL("fixture.js", `file://${folder}/`).href },
    };
    expect(resolvePlugin("acme-copy", false, folder, bundled)).toMatchObject({ path: beside, origin: "bundled", shadowed: other });
    const bundledOnly = await diagnosticsOf(parsePipeline(fixturePipeline({ baseline: '{ use: "fixture#ddim" }' }), pathOf(), { bundled }));
    expect(bundledOnly.map((d) => d.code)).toEqual(["LEADER_PLUGIN_API_UNDECLARED"]);
  });

  test("a second copy of the contract package is a warning with both versions", async () => {
    const { warnings } = await parsePipeline(fixturePipeline({ baseline: '{ use: "acme-copy#flash" }' }), pathOf());
    expect(warnings).toEqual([
      { code: "LEADER_CORE_DUPLICATED", message: expect.stringMatching(/acme-copy.*0\.0\.9 at .*0\.1\.0 at /u) as string },
    ]);
  });

  test("an object says the same as a file", async () => {
    const fromFile = await parsePipeline(fixturePipeline(), pathOf());
    const fromObject = await createPipeline(
      {
        operator: { use: "./fixture.js#identity" },
        denoiser: { use: "./fixture.js#gaussian" },
        baseline: { use: "./fixture.js#ddim" },
        scheduler: { use: "leader#uniform", with: { steps: 4 } },
        backend: { use: "leader#reference" },
      },
      { directory: folder },
    );
    expect(fromObject.hash).toBe(fromFile.hash);
    const wrong = await diagnosticsOf(createPipeline({ operator: { use: "./fixture.js#identity" } } as never, { directory: folder }));
    expect(wrong.map((d) => [d.code, d.file, d.line])).toEqual([["LEADER_CONFIG_MISSING_KEY", "pipeline", undefined]]);
  });
});

describe("schema for editors", () => {
  test("holds the options of the plugins' stages under the stage that has them", () => {
    const schema = pipelineSchema([plugin]) as {
      $schema: string;
      required: readonly string[];
      properties: Readonly<
        Record<
          string,
          { allOf?: readonly { if: unknown; then: { properties: { with: { properties: Readonly<Record<string, unknown>> } } } }[] }
        >
      >;
    };
    expect(schema.$schema).toBe("http://json-schema.org/draft-07/schema#");
    expect(schema.required).toEqual(["apiVersion", "operator", "baseline"]);
    const uniform = schema.properties["satp"]?.allOf?.find((entry) => JSON.stringify(entry.if).includes("leader#uniform"));
    expect(uniform?.then.properties.with.properties["steps"]).toMatchObject({ type: "integer", minimum: 1, default: 100 });
    expect(schema.properties["operator"]?.allOf).toBeUndefined();
    // A stage that is known to be of another kind is refused where it does not belong.
    const refused = (key: string): readonly string[] =>
      (schema.properties[key] as { readonly properties: { readonly use: { readonly not?: { readonly enum: readonly string[] } } } })
        .properties.use.not?.enum ?? [];
    expect(refused("operator")).toContain("leader#ucpm");
    expect(refused("modulator")).toEqual(refused("ucpm"));
    expect(refused("modulator")).not.toContain("leader#ucpm");
    expect(refused("modulator")).toContain("leader#satp");
  });
});
