import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hostModule } from "../src/compare/checkout.js";
import { compareWalks, formatComparison, type Walk } from "../src/compare/walk.js";

const name = { preset: "ddnm/inpainting", variant: "plain", seed: 0 };
const walked = { measurement: "m", steps: ["a", "b", "c"], evaluations: 3, result: "r" };
const walk: Walk = { ...name, ...walked };
const differences = (base: readonly Walk[], other: readonly Walk[]) => compareWalks(base, other).map(({ difference }) => difference);

describe("trajectories of two checkouts", () => {
  it("are the same where every hash is", () => {
    expect(compareWalks([walk], [{ ...walk }])).toEqual([{ ...name, steps: 3 }]);
  });

  it.each<readonly [string, Walk]>([
    ["the measurement", { ...walk, measurement: "n" }],
    ["step 1 of 3", { ...walk, steps: ["a", "x", "y"] }],
    ["3 steps; the other: 2", { ...walk, steps: ["a", "b"] }],
    ["3 evaluations; the other: 4", { ...walk, evaluations: 4 }],
    ["the result", { ...walk, result: "s" }],
    ["no error; the other: cannot", { ...name, error: "cannot" }],
  ])("differ by the first thing that does: %s", (difference, other) => {
    expect(differences([walk], [other])).toEqual([difference]);
  });

  it("differ where only one has them, and not where both refuse for one reason", () => {
    expect(differences([walk], [])).toEqual(["only in the base"]);
    expect(differences([], [walk])).toEqual(["only in the other"]);
    const refused: Walk = { ...name, error: "cannot" };
    expect(differences([refused], [refused])).toEqual([undefined]);
    expect(differences([refused], [{ ...name, error: "will not" }])).toEqual(["cannot; the other: will not"]);
  });

  it("are told by preset, with a sum", () => {
    const text = formatComparison(compareWalks([walk, { ...walk, seed: 1 }], [walk, { ...walk, seed: 1, result: "s" }]), 0);
    expect(text).toMatch(/^ddnm\/inpainting +2 +6 +DIFFERS: plain, seed 1: the result$/mu);
    expect(text).toContain("2 trajectories with 6 steps compared, 1 differ");
  });
});

it("finds the host package by its name, and says what is missing", () => {
  const root = mkdtempSync(join(tmpdir(), "leader-compare-"));
  try {
    expect(() => hostModule(root)).toThrow(/is no checkout of this project/u);
    mkdirSync(join(root, "packages/anywhere"), { recursive: true });
    writeFileSync(join(root, "packages/anywhere/package.json"), '{ "name": "leader-restore" }');
    expect(() => hostModule(root)).toThrow(/npm run build/u);
    mkdirSync(join(root, "packages/anywhere/dist"));
    writeFileSync(join(root, "packages/anywhere/dist/index.js"), "");
    expect(hostModule(root)).toBe(join(root, "packages/anywhere/dist/index.js"));
  } finally {
    rmSync(root, { recursive: true });
  }
});
