import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { fileOf, importPath, siblingPath } from "../scripts/import-circles.mjs";

let folder = "";
const at = (name: string): string => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "leader-circles-"));
  writeFileSync(at("a.ts"), `import type { B } from "./b.js";\nexport type A = B;\n`);
  writeFileSync(at("b.ts"), `export const load = () => import("./c.js");\nexport type B = number;\n`);
  writeFileSync(at("c.ts"), `export * from "./a.js";\n`);
  for (const name of ["lower", "upper"]) mkdirSync(at(name));
  writeFileSync(at("lower/x.ts"), `import "../upper/y.js";\n`);
  writeFileSync(at("upper/y.ts"), `export const y = 1;\n`);
  writeFileSync(at("upper/z.ts"), `import "../lower/w.js";\n`);
  writeFileSync(at("lower/w.ts"), `export const w = 1;\n`);
  writeFileSync(at("upper/v.ts"), `import "../a.js";\n`);
  writeFileSync(at("d.ts"), `import { load } from "./b.js";\nvoid load;\n`);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

it("finds the way of imports through types, import() and exports", () => {
  expect(importPath(at("b.ts"), at("a.ts"))).toEqual(["b.ts", "c.ts", "a.ts"].map(at));
});

it("finds none where there is none", () => {
  expect(importPath(at("b.ts"), at("d.ts"))).toBeUndefined();
});

it("reads a specifier as the source that it stands for", () => {
  expect(fileOf(at("a.ts"), "./b.js")).toBe(at("b.ts"));
});

it("finds folders that need each other, though none of their files do", () => {
  expect(siblingPath(at("lower/x.ts"), at("upper/y.ts"))).toEqual(["upper", "lower"].map(at));
});

it("finds none between a folder and a file that it stands on", () => {
  expect(siblingPath(at("upper/v.ts"), at("a.ts"))).toBeUndefined();
});
