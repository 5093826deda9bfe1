import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findInputs } from "../src/files.js";
import { pathsOf } from "../src/globs.js";

let folder = "";
const at = (...names: readonly string[]): string => join(folder, ...names);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "leader-globs-"));
  for (const name of ["2023/may", "2024", ".hidden"]) await mkdir(at(name), { recursive: true });
  for (const name of ["b.jpg", "a.jpg", "a+b.png", "a[1].png", ".c.jpg", "2023/d.jpg", "2023/may/e.jpg", "2024/f.jpg", ".hidden/g.jpg"])
    await writeFile(at(name), "");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a pattern", () => {
  it.each([
    ["*.jpg", ["a.jpg", "b.jpg"]],
    ["?.jpg", ["a.jpg", "b.jpg"]],
    ["[b-z].jpg", ["b.jpg"]],
    ["[!b].jpg", ["a.jpg"]],
    ["a+?.png", ["a+b.png"]],
    [".*.jpg", [".c.jpg"]],
    ["202?/*.jpg", ["2023/d.jpg", "2024/f.jpg"]],
    ["*/d.jpg", ["2023/d.jpg"]],
    ["**/*.jpg", ["2023/d.jpg", "2023/may/e.jpg", "2024/f.jpg", "a.jpg", "b.jpg"]],
    ["2023/**/*.jpg", ["2023/d.jpg", "2023/may/e.jpg"]],
    ["*.gif", []],
  ])("%s", async (pattern, names) => {
    expect(await pathsOf(at(pattern))).toEqual(names.map((name) => at(name)));
  });

  it("names inputs, where no file has its name", async () => {
    const found = async (name: string): Promise<readonly string[]> => (await findInputs([at(name)], false)).inputs.map(({ path }) => path);
    expect(await found("*.jpg")).toEqual([at("a.jpg"), at("b.jpg")]);
    expect(await found("202[34]")).toEqual([at("2023/d.jpg"), at("2024/f.jpg")]);
    expect(await found("a[1].png")).toEqual([at("a[1].png")]);
    await expect(found("*.gif")).rejects.toThrow("*.gif does not exist");
  });
});
