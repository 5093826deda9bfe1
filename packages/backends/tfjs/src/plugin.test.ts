import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { describePlugin, type PluginManifest } from "@leader/core/testing";
import plugin from "./index.js";
import { acceleratorOptions, autoOptions, plainOptions } from "./options.js";

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as PluginManifest;
describePlugin(plugin, manifest, { load: () => import("./index.js") });

describe("options", () => {
  it("have defaults", () => {
    expect(plainOptions.parse({})).toEqual({ weights: "auto" });
    expect(acceleratorOptions.parse({})).toEqual({ weights: "auto", allowFallback: true });
    expect(autoOptions.parse({}).prefer).toEqual(["tensorflow-gpu", "tensorflow", "webgpu", "wasm", "cpu"]);
  });
  it("refuse misspelt keys and devices", () => {
    expect(plainOptions.safeParse({ threads: 2 }).success).toBe(false);
    expect(autoOptions.safeParse({ prefer: ["gpu"] }).success).toBe(false);
  });
});
