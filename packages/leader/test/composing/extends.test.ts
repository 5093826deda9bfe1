import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPipeline, loadPipeline, parsePipeline, type PipelineOptions } from "../../src/index.js";
import { readBlueprint } from "../../src/host/config/blueprint.js";
import { diagnosticsOf } from "../config-fixture.js";
import { fixturePipeline, fixturePlugin, makeFolder, removeFolder } from "../host-fixture.js";

let folder = "";
const at = (name: string): string => join(folder, name);
const refused = async (text: string, options: PipelineOptions = {}): Promise<readonly string[]> =>
  (await diagnosticsOf(parsePipeline(text, at("pipeline.yaml"), options))).map(
    ({ code, file, line, column }) => `${file.replace(`${folder}/`, "")}:${line}:${column} ${code.replace("LEADER_", "")}`,
  );
const extending = (reference: string, rest = ""): string => `apiVersion: leader/v1\nextends: "${reference}"\n${rest}`;
const preset = "@leader/presets#ddnm/bicubic-x4";

const packageOf = (name: string, presets: unknown): string => JSON.stringify({ name, version: "1.0.0", leader: { presets } });
beforeAll(async () => {
  folder = await makeFolder({
    "package.json": '{ "type": "module" }',
    "fixture.js": fixturePlugin,
    "lab/fixture.js": fixturePlugin,
    "lab/base.yaml": fixturePipeline({
      noise: "0.05",
      denoiser: '{ use: "./fixture.js#gaussian", with: { path: ./a.onnx, list: [1, 2], deep: { a: 1, b: 2 } } }',
    }),
    "lab/middle.yaml": extending("./base.yaml", "noise: 0.1\n"),
    "long/9.yaml": fixturePipeline(),
    ...Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`long/${i}.yaml`, extending(`./${i + 1}.yaml`)])),
    "ring.yaml": extending("./lab/ring.yaml"),
    "lab/ring.yaml": extending("../ring.yaml"),
    "broken.yaml": "a: [1\n",
    "list.yaml": "- 1\n",
    "secret.yaml": "password: hunter2\n",
    "node_modules/acme-presets/package.json": packageOf("acme-presets", "./sets"),
    "node_modules/acme-presets/sets/fast.yaml": extending("./base.yaml", "seed: 7\n"),
    "node_modules/acme-presets/sets/base.yaml": extending(preset),
    "node_modules/acme-presets/sets/leaving.yaml": extending("../../../secret.yaml"),
    "node_modules/acme-bare/package.json": '{ "name": "acme-bare", "version": "1.0.0" }',
    "node_modules/acme-out/package.json": packageOf("acme-out", "../.."),
  });
  await symlink(at("secret.yaml"), at("node_modules/acme-presets/sets/link.yaml"));
  await writeFile(at("node_modules/acme-presets/sets/linked.yaml"), extending("./link.yaml"));
});
afterAll(() => removeFolder(folder));

describe("what is put together", () => {
  it("a file adds to another by key, through a chain; lists and values take the place of what was there", async () => {
    const text = extending(
      "./lab/middle.yaml",
      "denoiser: { with: { list: [3], deep: { b: null } } }\nscheduler: { with: { steps: 2 } }\n",
    );
    const { composed, parents } = await parsePipeline(text, at("pipeline.yaml"));
    expect(composed["noise"]).toBe(0.1);
    expect(composed["denoiser"]).toEqual({
      use: "./lab/fixture.js#gaussian",
      with: { path: "./lab/a.onnx", list: [3], deep: { a: 1, b: null } },
    });
    expect(composed["scheduler"]).toEqual({ use: "leader#uniform", with: { steps: 2 } });
    expect(parents.map(({ name }) => name)).toEqual([at("lab/middle.yaml"), at("lab/base.yaml")]);
    expect("extends" in composed).toBe(false);
  });

  it("a stage of another use takes nothing from the one below it; null takes a stage away; two names are one stage", async () => {
    const base = fixturePipeline({ wrapper: '{ use: "./fixture.js#no" }' }).replace("scheduler:", "satp:");
    await writeFile(at("base.yaml"), base);
    const text = extending(
      "./base.yaml",
      'wrapper: null\nscheduler: { use: "leader#square-root", with: { steps: 3 } }\nbaseline: { use: "./fixture.js#ddim" }\n',
    );
    const { composed, config } = await parsePipeline(text, at("pipeline.yaml"));
    expect(Object.keys(composed)).not.toContain("satp");
    expect(Object.keys(composed)).not.toContain("wrapper");
    expect(config.scheduler).toMatchObject({ use: "leader#square-root", with: { steps: 3 } });
    const other = extending("./lab/base.yaml", 'denoiser: { use: "leader#gaussian" }\n');
    expect((await parsePipeline(other, at("pipeline.yaml"))).composed["denoiser"]).toEqual({ use: "leader#gaussian" });
  });

  it("presets of packages, ours and others', from a text and from an object", async () => {
    const fromText = await parsePipeline(extending("acme-presets#fast"), at("pipeline.yaml"));
    expect(fromText.parents.map(({ name }) => name)).toEqual(["acme-presets#fast", "acme-presets/sets/base.yaml", preset]);
    expect(fromText.config).toMatchObject({ seed: 7, operator: { with: { factor: 4 } }, baseline: { use: "@leader/baseline-ddnm#ddnm" } });
    const fromObject = await createPipeline({ extends: preset, seed: 7, operator: { with: { factor: 2 } } }, { directory: folder });
    expect(fromObject.config.operator.with).toMatchObject({ method: "bicubic", factor: 2 });
  });

  it("is the same in another process, whatever became of the files", async () => {
    await writeFile(at("gone.yaml"), fixturePipeline({ seed: "5" }));
    const text = extending("./gone.yaml", "noise: 0.2\n");
    const first = await readBlueprint({ kind: "text", text, file: at("pipeline.yaml") }, {});
    await rm(at("gone.yaml"));
    const second = await readBlueprint(structuredClone(first.source), {});
    expect(second.config).toEqual(first.config);
    expect(second.config.seed).toBe(5);
  });
});

describe("errors stand where what is wrong stands", () => {
  it.each([
    ["a file that is not there", extending("./no.yaml"), "pipeline.yaml:2:10 EXTENDS_NOT_FOUND"],
    ["a folder", extending("./folder.yaml"), "pipeline.yaml:2:10 FILE_NOT_ORDINARY"],
    ["what is no YAML file", extending("./fixture.js"), "pipeline.yaml:2:10 CONFIG_INVALID_VALUE"],
    ["an address", extending("https://example.org/a.yaml"), "pipeline.yaml:2:10 CONFIG_INVALID_VALUE"],
    ["no text", "apiVersion: leader/v1\nextends: [a.yaml]\n", "pipeline.yaml:2:10 CONFIG_INVALID_VALUE"],
    ["a package that is not there", extending("acme-none#x"), "pipeline.yaml:2:10 PRESETS_NOT_INSTALLED"],
    ["a package without presets", extending("acme-bare#x"), "pipeline.yaml:2:10 PRESETS_NONE"],
    ["a package whose presets are elsewhere", extending("acme-out#secret"), "pipeline.yaml:2:10 PRESETS_NONE"],
    ["an unknown preset", extending("@leader/presets#ddnm/bicubic"), "pipeline.yaml:2:10 PRESET_NOT_FOUND"],
    ["a link out of a package", extending("acme-presets#link"), "pipeline.yaml:2:10 PRESET_NOT_FOUND"],
    ["a preset by a path", extending("acme-presets#../../secret"), "pipeline.yaml:2:10 PRESET_NOT_FOUND"],
    ["a ring", extending("./ring.yaml"), "lab/ring.yaml:2:10 EXTENDS_CYCLE"],
    ["nine in a row", extending("./long/0.yaml"), "long/7.yaml:2:10 EXTENDS_TOO_LONG"],
    ["a parent that is no YAML", extending("./broken.yaml"), "broken.yaml:2:1 CONFIG_SYNTAX"],
    ["a parent that is a list", extending("./list.yaml"), "list.yaml:1:1 CONFIG_INVALID_VALUE"],
    [
      "a key that only a parent has",
      extending("./secret.yaml", fixturePipeline().split("\n").slice(1).join("\n")),
      "secret.yaml:1:1 CONFIG_UNKNOWN_KEY",
    ],
    ["a value of a parent", extending("./lab/middle.yaml").replace("middle", "wrong"), "lab/wrong.yaml:3:8 CONFIG_INVALID_VALUE"],
    ["a value that the child changes", extending("./lab/middle.yaml", "noise: 7\n"), "pipeline.yaml:3:8 CONFIG_INVALID_VALUE"],
  ])("%s", async (_what, text, expected) => {
    await mkdir(at("folder.yaml"), { recursive: true });
    await writeFile(at("lab/wrong.yaml"), extending("./base.yaml", "noise: 7\n"));
    expect(await refused(text)).toEqual([expected]);
  });

  it("an option of a stage, in the preset that states it and in the file that changes it", async () => {
    const preset4 = extending(preset, "operator: { with: { factor: none } }\n");
    expect(await refused(preset4)).toEqual(["pipeline.yaml:3:29 CONFIG_INVALID_VALUE"]);
    expect(await refused(extending(preset), { set: ["extends=x"] })).toEqual(["--set:1:1 OVERRIDE_INVALID"]);
  });
});

describe("who may read what", () => {
  it("where local files are not allowed, no file is read through `extends`, nor is it told whether it is there", async () => {
    const rules = { localFiles: false, localPlugins: false };
    for (const reference of ["./secret.yaml", "./no.yaml", "/etc/passwd.yaml", "../x.yaml", "acme-presets#fast", "acme-none#x"])
      expect(await refused(extending(reference), rules), reference).toEqual(["pipeline.yaml:2:10 EXTENDS_REFUSED"]);
    const { config } = await parsePipeline(extending(preset), at("pipeline.yaml"), rules);
    expect(config.seed).toBe(0);
  });

  it("a package of the allow-list may be extended, and leads nowhere else", async () => {
    const rules = {
      localFiles: false,
      plugins: ["acme-presets", "@leader/operators", "@leader/baseline-ddnm", "leader", "@leader/backend-onnx"],
    };
    expect((await parsePipeline(extending("acme-presets#fast"), at("pipeline.yaml"), rules)).config.seed).toBe(7);
    for (const [name, place] of [
      ["leaving", "acme-presets#leaving"],
      ["linked", "acme-presets#linked"],
    ] as const)
      expect(await refused(extending(`acme-presets#${name}`), rules)).toEqual([`${place}:2:10 EXTENDS_REFUSED`]);
    expect(await refused(extending("acme-bare#x"), rules)).toEqual(["pipeline.yaml:2:10 EXTENDS_REFUSED"]);
  });

  it("the code that a parent names is refused as any other, where it is named", async () => {
    expect(await refused(extending("./lab/base.yaml"), { localPlugins: false })).toContain("lab/base.yaml:3:18 PLUGIN_LOCAL_REFUSED");
    expect(await refused(extending(preset), { plugins: ["leader"] })).toContain(`${preset}:6:18 PLUGIN_NOT_ALLOWED`);
  });

  it("a lock is of what was put together: a parent that changed is named at its place", async () => {
    const { lockText } = await import("../../src/index.js");
    await writeFile(at("parent.yaml"), fixturePipeline({ noise: "0.05" }));
    await writeFile(at("locked.yaml"), extending("./parent.yaml"));
    await writeFile(at("leader.lock"), lockText({ "locked.yaml": await (await loadPipeline(at("locked.yaml"))).pin() }));
    expect((await loadPipeline(at("locked.yaml"), { locked: true })).config.noise).toBe(0.05);
    await writeFile(at("parent.yaml"), `# another comment\n${fixturePipeline({ noise: "0.06" })}`);
    const [found] = await diagnosticsOf(loadPipeline(at("locked.yaml"), { locked: true }));
    expect(found).toMatchObject({ code: "LEADER_LOCK_DIFFERS", file: at("parent.yaml"), line: 8 });
    expect(found?.message).toContain("0.05 -> 0.06");
  });
});
