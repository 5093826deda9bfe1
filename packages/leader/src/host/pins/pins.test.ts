import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { differencesOf, differenceText } from "./compare.js";
import { fileIntegrity, moduleIntegrity } from "./integrity.js";
import { portableStages } from "./named-files.js";
import type { PinnedPipeline } from "../pinned.js";
import { hostPins, pinOf } from "./pins.js";

let folder = "";
const at = (path: string): string => join(folder, path);
const put = (path: string, text: string): void => {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), text);
};
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "leader-pins-"));
  for (const place of ["one", "two"]) {
    put(
      `${place}/index.js`,
      `import { a } from "./lib/a.js"; export * from "./b.js"; const lazy = () => import("./lazy.js"); import "zod";`,
    );
    put(`${place}/lib/a.js`, `import "../b.js"; export const a = 1;`);
    put(`${place}/b.js`, "export const b = 2;");
    put(`${place}/lazy.js`, "export const c = 3;");
    put(`${place}/notes.txt`, place);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the integrity of code", () => {
  it("does not depend on its place, and changes with every module that runs, and with no other file", async () => {
    const first = await moduleIntegrity(at("one/index.js"));
    expect(first).toMatch(/^sha256:[0-9a-f]{64}$/u);
    expect(await moduleIntegrity(at("two/index.js"))).toBe(first);
    for (const file of ["lib/a.js", "b.js", "lazy.js", "index.js"]) {
      const before = await moduleIntegrity(at("two/index.js"));
      put(`two/${file}`, `${file === "index.js" ? 'import "./lib/a.js"; import "./lazy.js";' : ""}// changed`);
      expect(await moduleIntegrity(at("two/index.js")), file).not.toBe(before);
    }
  });

  it("takes what is no JavaScript and what is missing as it is", async () => {
    put("odd.js", "import from from;;; }{");
    expect(await moduleIntegrity(at("odd.js"))).toMatch(/^sha256:/u);
    put("lame.js", 'import "./missing.js";');
    expect(await moduleIntegrity(at("lame.js"))).toMatch(/^sha256:/u);
    expect(await fileIntegrity(at("missing.js"))).toBe("unreadable");
  });

  it("goes with the version of what it imports by name", async () => {
    const pin = await pinOf({ name: "@leader/core", version: "9", path: join(import.meta.dirname, "../../../../core/src/index.ts") });
    expect(pin.dependencies["@leader/graph"]).toMatch(/^\d+\.\d+\.\d+/u);
    expect((await hostPins()).map(({ name }) => name)).toEqual(["leader-restore", "@leader/core", "@leader/graph"]);
    expect((await hostPins())[0]!.dependencies["sharp"]).toMatch(/^\d/u);
  });
});

describe("files that options name", () => {
  it("are found by relative and absolute paths and by offered names, with the weights beside them", async () => {
    put("net.onnx", "graph");
    put("net.onnx.data", "weights");
    put("net.onnx.bak", "older");
    put("a/mask.png", "one mask");
    put("b/mask.png", "another");
    const stages = {
      denoiser: { use: "p#net", with: { path: "./net.onnx", predicts: "epsilon", list: [1, "net.onnx.data", null] } },
      operator: { use: "p#holes", with: { mask: `${at("a/mask.png")}#alpha`, other: at("b/mask.png"), upload: "upload:x", word: "one" } },
    };
    const { stages: portable, files } = await portableStages(stages, { directory: folder, files: { "upload:x": at("a/mask.png") } });
    expect(JSON.stringify(portable)).not.toContain(folder);
    expect(portable["denoiser"]).toEqual(stages.denoiser);
    const names = Object.keys(files);
    expect(names).toHaveLength(6);
    expect(names).toEqual(expect.arrayContaining(["./net.onnx", "./net.onnx.data", "net.onnx.data", "mask.png", "upload:x"]));
    expect(files["mask.png"]).toBe(await fileIntegrity(at("a/mask.png")));
    expect(portable["operator"]!.with).toMatchObject({
      mask: "mask.png#alpha",
      other: expect.stringMatching(/^[0-9a-f]{8}-mask\.png$/u) as string,
    });
  });

  it("are hashed as a whole where they are folders", async () => {
    put("unet/config.json", "{}");
    const before = await fileIntegrity(at("unet"));
    put("unet/deeper/weights.bin", "w");
    expect(await fileIntegrity(at("unet"))).not.toBe(before);
  });
});

describe("differences", () => {
  const before: PinnedPipeline = {
    seed: 0,
    noise: 0.05,
    stages: { scheduler: { use: "leader#uniform", with: { steps: 20, grid: [1, 2] } }, baseline: { use: "p#a", with: {} } },
    plugins: [{ name: "p", version: "1.0.0", integrity: "sha256:aaaaaaaaaaaaaaaa", dependencies: { ort: "1.2.0" } }],
    host: [],
    files: { "net.onnx": "sha256:1111111111111111" },
  };

  it("are none between equals, whatever the order of keys", () => {
    const stages = { baseline: before.stages["baseline"]!, scheduler: { use: "leader#uniform", with: { grid: [1, 2], steps: 20 } } };
    expect(differencesOf(before, { ...before, stages })).toEqual([]);
  });

  it("are named with the old and the new value", () => {
    const after: PinnedPipeline = {
      ...before,
      seed: 7,
      stages: { scheduler: { use: "leader#uniform", with: { steps: 10, grid: [1, 3], power: 2 } }, wrapper: { use: "p#w", with: {} } },
      plugins: [{ ...before.plugins[0]!, dependencies: { ort: "1.3.0" } }],
      files: { "net.onnx": "sha256:2222222222222222" },
    };
    expect(differencesOf(before, after).map(differenceText)).toEqual([
      "option seed: 0 -> 7",
      "stage baseline: p#a -> none",
      "option scheduler.with.grid: [1,2] -> [1,3]",
      "option scheduler.with.power: none -> 2",
      "option scheduler.with.steps: 20 -> 10",
      "stage wrapper: none -> p#w",
      "plugin p, its dependency ort: 1.2.0 -> 1.3.0",
      "file net.onnx: sha256:111111111111 -> sha256:222222222222",
    ]);
    const plugins = [{ ...before.plugins[0]!, version: "1.0.1", integrity: "sha256:bbbbbbbbbbbbbbbb" }];
    expect(differencesOf(before, { ...before, plugins }).map(differenceText)).toEqual([
      "plugin p: 1.0.0 (sha256:aaaaaaaaaaaa) -> 1.0.1 (sha256:bbbbbbbbbbbb)",
    ]);
  });
});
