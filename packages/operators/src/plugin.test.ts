import { readFileSync } from "node:fs";
import { describePlugin, type PluginManifest } from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import plugin from "./plugin.js";
import { memoryEnvironment, parsedOptions, schemaOf } from "../test/environment.js";

const stages = Object.keys(plugin.stages);
const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as PluginManifest;

describePlugin(plugin, manifest, { load: () => import("./index.js"), options: { inpainting: { random: {} } } });

describe("the operators plugin", () => {
  it("has all operators", () => {
    expect(stages).toEqual([
      "denoising",
      "inpainting",
      "super-resolution",
      "gaussian-blur",
      "uniform-blur",
      "anisotropic-blur",
      "motion-blur",
      "colorization",
      "walsh-hadamard",
      "block-compressed-sensing",
    ]);
  });

  it.each(stages)("%s describes itself and every option", (stage) => {
    const { kind, summary, reference } = plugin.stages[stage]!;
    expect(kind).toBe("operator");
    expect(summary.length).toBeGreaterThan(10);
    expect(reference).toMatch(/https:/);
    const schema = z.toJSONSchema(schemaOf(stage), { io: "input", target: "draft-07" }) as {
      readonly properties: Record<string, { readonly description?: string }>;
      readonly additionalProperties: boolean;
    };
    expect(schema.additionalProperties).toBe(false);
    for (const [key, property] of Object.entries(schema.properties)) expect(property.description, key).toMatch(/\w{3}/);
  });

  it.each(stages)("%s refuses a misspelt option", (stage) => {
    expect(() => parsedOptions(stage, { sizze: 3 })).toThrow(/Unrecognized key: \\?"sizze/);
  });

  it.each(stages.filter((stage) => stage !== "inpainting"))("%s needs no options", async (stage) => {
    const { kind, create } = plugin.stages[stage]!;
    if (kind !== "operator") return;
    const operator = (await create(parsedOptions(stage, {}), memoryEnvironment())).at({ shape: [1, 3, 8, 8], dtype: "float32" });
    expect(operator.domain.shape).toEqual([1, 3, 8, 8]);
  });
});

describe("options reject nonsense with a readable message", () => {
  it.each([
    ["super-resolution", { factor: 1 }, "Too small: expected number to be >=2"],
    ["super-resolution", { factor: 2.5 }, "expected int"],
    ["super-resolution", { method: "nearest" }, 'expected one of \\"bicubic\\"|\\"average-pool\\"'],
    ["gaussian-blur", { size: 4 }, "must be odd, so that the blur does not shift the picture"],
    ["gaussian-blur", { sigma: 0 }, "expected number to be >0"],
    ["uniform-blur", { boundary: "wrap" }, 'expected one of \\"zero\\"|\\"periodic\\"|\\"reflect\\"'],
    ["anisotropic-blur", { threshold: -1 }, "expected number to be >=0"],
    ["motion-blur", { intensity: 2 }, "expected number to be <=1"],
    ["motion-blur", { seed: -1 }, "expected number to be >=0"],
    ["colorization", { weights: [0, 0, 0] }, "must not all be 0"],
    ["walsh-hadamard", { ratio: 0 }, "expected number to be >0"],
    ["block-compressed-sensing", { blockSize: 0 }, "expected number to be >=1"],
    ["inpainting", {}, "give exactly one of mask, box and random"],
    ["inpainting", { mask: "m.png", random: {} }, "give exactly one of mask, box and random"],
    ["inpainting", { box: { fraction: 2 } }, "box"],
  ])("%s %j", (stage, options, message) => {
    expect(() => parsedOptions(stage, options)).toThrow(message);
  });
});
