import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import plugin from "@leader/method";
import { resolvePlugin } from "../src/host/plugins/resolve.js";
import { createPipeline, parsePipeline, pipelineSchema } from "../src/index.js";
import { configFolder, diagnosticsOf } from "./config-fixture.js";
import { fixturePipeline, removeFolder } from "./host-fixture.js";

let folder = "";
beforeAll(async () => {
  folder = await configFolder();
});
afterAll(() => removeFolder(folder));

const pathOf = (name = "pipeline.yaml"): string => join(folder, name);

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
      then: { required: readonly string[] };
      properties: Readonly<
        Record<
          string,
          { allOf?: readonly { if: unknown; then: { properties: { with: { properties: Readonly<Record<string, unknown>> } } } }[] }
        >
      >;
    };
    expect(schema.$schema).toBe("http://json-schema.org/draft-07/schema#");
    expect(schema.required).toEqual(["apiVersion"]);
    // What a file that extends nothing must say besides.
    expect(schema.then.required).toEqual(["apiVersion", "operator", "baseline"]);
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
