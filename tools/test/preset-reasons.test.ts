import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { PresetRow } from "../src/presets/measure.js";
import { presetsPage } from "../src/presets/page.js";
import { reasonFaults, reasonOf } from "../src/presets/reasons.js";

const row = (psnr: number, reason?: string): PresetRow => ({
  method: "m",
  task: "t",
  restored: { psnr },
  pinv: { psnr: 20 },
  measurement: { psnr: 21 },
  evaluations: 10,
  ...(reason === undefined ? {} : { reason }),
});

describe("the reasons of presets", () => {
  it("are read from their comments, over several lines", () => {
    const text = "# one\n# Settings: tuned\n# Below doing nothing: because\n# of that.\napiVersion: leader/v1\n# not this\n";
    expect(reasonOf(text)).toBe("because of that.");
    expect(reasonOf("# Settings: tuned\napiVersion: leader/v1\n")).toBeUndefined();
  });

  it("are asked of losers, and of them alone", () => {
    expect(reasonFaults([row(22), row(20.5, "because")])).toEqual([]);
    expect(reasonFaults([row(20.5)])).toEqual([expect.stringContaining("m/t: an unexplained loser")]);
    expect(reasonFaults([row(22, "because")])).toEqual([expect.stringContaining("says that it does not")]);
  });

  it("are there for the losers on the page, and for no other preset", () => {
    const folder = new URL("../../presets/", import.meta.url);
    const explained = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".yaml") && !name.includes("node_modules"))
      .filter((name) => reasonOf(readFileSync(new URL(name, folder), "utf8")) !== undefined)
      .map((name) => name.slice(0, -".yaml".length).replaceAll("\\", "/"));
    const page = readFileSync(new URL("../../docs/presets.md", import.meta.url), "utf8");
    const losers = [...page.matchAll(/^- \*\*(.+?)\*\*: [\d.]+ dB, where/gmu)].map(([, name]) => name);
    expect(losers.length).toBeGreaterThan(10);
    expect(explained.sort()).toEqual(losers.sort());
  });

  it("stand on the page", () => {
    const facts = { command: "c", pictures: "p", prior: "q", missing: [] };
    expect(presetsPage([row(20.5, "because")], facts)).toContain("20.50 dB, where 21.00 cost nothing: because");
    expect(presetsPage([row(20.5, "because")], facts)).toContain("no loser is unexplained");
    expect(presetsPage([row(20.5)], facts)).toContain("1 do not and do not say why");
  });
});
