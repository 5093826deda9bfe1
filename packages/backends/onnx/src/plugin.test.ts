import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { describePlugin, type PluginManifest } from "@leader/core/testing";
import plugin from "./index.js";
import { autoOptions, cpuOptions } from "./options.js";

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as PluginManifest;
describePlugin(plugin, manifest, { load: () => import("./index.js") });

describe("options", () => {
  it("have defaults for everything but the number of threads", () => {
    expect(cpuOptions.parse({})).toEqual({ graphOptimization: "all", memoryArena: true, spinning: "during-run" });
    expect(autoOptions.parse({})).toMatchObject({ prefer: ["cuda", "cpu"], allowFallback: true, deviceId: 0 });
  });
  it("refuse misspelt keys and providers", () => {
    expect(cpuOptions.safeParse({ thread: 2 }).success).toBe(false);
    expect(autoOptions.safeParse({ prefer: ["gpu"] }).success).toBe(false);
    expect(cpuOptions.safeParse({ threads: 0 }).success).toBe(false);
  });
});
