import { describe, expect, it, vi } from "vitest";
import type { AnyStage, Plugin, StageKind } from "../contract/plugin.js";
import { memberOf } from "@leader/graph";

/** What a plugin's package.json must say about it. */
export interface PluginManifest {
  readonly name: string;
  readonly version: string;
  readonly keywords?: readonly string[];
  readonly leader?: { readonly apiVersion?: string };
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly exports?: unknown;
}

export interface DescribePluginOptions {
  /** Imports the plugin's entry afresh, `() => import("./plugin.js")`: tests that this changes nothing outside the module. */
  readonly load?: () => Promise<unknown>;
  /** Options of stages that have required ones. */
  readonly options?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const kinds: Readonly<Record<StageKind, true>> = {
  operator: true,
  denoiser: true,
  baseline: true,
  wrapper: true,
  uncertainty: true,
  modulator: true,
  scheduler: true,
  backend: true,
};

/** Declares the publishing checklist of a plugin as tests. */
export function describePlugin(plugin: Plugin, manifest: PluginManifest, { load, options = {} }: DescribePluginOptions = {}): void {
  describe(`plugin ${plugin.name}`, () => {
    it("agrees with its package.json", () => {
      expect({ name: plugin.name, version: plugin.version, apiVersion: plugin.apiVersion }).toEqual({
        name: manifest.name,
        version: manifest.version,
        apiVersion: manifest.leader?.apiVersion,
      });
      expect(plugin.apiVersion).toMatch(/^\d+\.\d+$/);
    });

    it("can be found, resolved and checked against the host", () => {
      expect(manifest.keywords ?? []).toContain("leader-plugin");
      expect({ ...manifest.dependencies, ...manifest.peerDependencies }).toHaveProperty(["@leader/core"]);
      expect(manifest.exports).toHaveProperty(["./package.json"]);
      // createRequire().resolve, by which the host finds a plugin, does not see an entry for `import` only.
      expect(manifest.exports).toHaveProperty([".", "default"]);
    });

    if (load !== undefined) {
      it("does nothing when it is imported", async () => {
        const before = surroundings();
        vi.resetModules();
        await load();
        expect(surroundings()).toEqual(before);
      });
    }

    it("has stages", () => expect(Object.keys(plugin.stages).length).toBeGreaterThan(0));

    describe.each(Object.entries(plugin.stages))("stage %s", (name, stage: AnyStage) => {
      const valid = options[name] ?? {};
      const validate = async (value: unknown) => await stage.options["~standard"].validate(value);

      it("is of a known kind and says in one line what it is for", () => {
        expect(Object.keys(kinds)).toContain(stage.kind);
        expect(stage.summary).toMatch(/^\S.{9,158}\S$/);
        expect(name).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*$/);
      });

      it("accepts its options and rejects a misspelt key by name", async () => {
        expect((await validate(valid)).issues).toBeUndefined();
        const { issues } = await validate({ ...valid, misspeltKey: 1 });
        expect(JSON.stringify(issues ?? [])).toContain("misspeltKey");
      });

      it("describes its options as JSON Schema, if its schema library can", () => {
        const schema = jsonSchemaOf(stage);
        if (schema !== undefined) expect(schema).toMatchObject({ type: "object" });
      });
    });
  });
}

/** Standard Schema's optional JSON Schema member, in input mode: keys with defaults are then not required. */
function jsonSchemaOf(stage: AnyStage): unknown {
  const standard: object = stage.options["~standard"];
  if (!("jsonSchema" in standard)) return undefined;
  const input = memberOf(standard.jsonSchema, "input");
  return typeof input === "function" ? Reflect.apply(input, standard.jsonSchema, [{ target: "draft-2020-12" }]) : undefined;
}

/** What an import could touch: globals, listeners of the process, the environment. */
const surroundings = (): unknown => ({
  globals: Object.getOwnPropertyNames(globalThis).sort(),
  listeners: process.eventNames().map((name) => [String(name), process.listenerCount(name)]),
  environment: Object.keys(process.env).sort(),
});
