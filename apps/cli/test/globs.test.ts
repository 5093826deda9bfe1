import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findInputs } from "../src/files.js";
import { pathsOf } from "../src/globs.js";

/** Names with signs that other patterns know. */
const odd = ["!n.jfif", "{u,v}.tif", "scan (1)/x (2).bmp", "a|b.webp", "@(c).avif"];

let folder = "";
const at = (...names: readonly string[]): string => join(folder, ...names);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "leader-globs-"));
  for (const name of ["2023/may", "2024", ".hidden", "scan (1)"]) await mkdir(at(name), { recursive: true });
  for (const name of [
    "b.jpg",
    "a.jpg",
    "a+b.png",
    "a[1].png",
    ".c.jpg",
    "2023/d.jpg",
    "2023/may/e.jpg",
    "2024/f.jpg",
    ".hidden/g.jpg",
    ...odd,
  ])
    await writeFile(at(name), "");
  await symlink(at("2024"), at("link"));
  await symlink(at("a.jpg"), at("linked.ppm"));
  await symlink(at("nothing"), at("dangling.jpeg"));
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
    ["!?.jfif", ["!n.jfif"]],
    ["{u,v}*", ["{u,v}.tif"]],
    ["scan (1)/x (?).bmp", ["scan (1)/x (2).bmp"]],
    ["*|b.webp", ["a|b.webp"]],
    ["@(c).*", ["@(c).avif"]],
    ["20*/", ["2023", "2024"]],
    ["*.ppm", ["linked.ppm"]],
    ["link/*.jpg", ["link/f.jpg"]],
    ["l*/*.jpg", ["link/f.jpg"]],
    ["*/f.jpg", ["2024/f.jpg", "link/f.jpg"]],
    ["2024/../?.jpg", ["a.jpg", "b.jpg"]],
    ["nothing/*.jpg", []],
    ["a.jpg/*.jpg", []],
  ])("%s", async (pattern, names) => {
    expect(await pathsOf(at(pattern))).toEqual(names.map((name) => at(name)));
  });

  it("is relative to where the command runs, and may lead above", async () => {
    const before = process.cwd();
    process.chdir(at("2023"));
    try {
      expect(await pathsOf("*.jpg")).toEqual(["d.jpg"]);
      expect(await pathsOf("./m*/*.jpg")).toEqual(["may/e.jpg"]);
      expect(await pathsOf("../2024/*.jpg")).toEqual(["../2024/f.jpg"]);
      expect(await pathsOf("../!?.jfif")).toEqual(["../!n.jfif"]);
    } finally {
      process.chdir(before);
    }
  });

  it("names inputs, where no file has its name", async () => {
    const found = async (name: string): Promise<readonly string[]> => (await findInputs([at(name)], false)).inputs.map(({ path }) => path);
    expect(await found("*.jpg")).toEqual([at("a.jpg"), at("b.jpg")]);
    expect(await found("202[34]")).toEqual([at("2023/d.jpg"), at("2024/f.jpg")]);
    expect(await found("*.jp*g")).toEqual([at("a.jpg"), at("b.jpg")]);
    expect(await found("a[1].png")).toEqual([at("a[1].png")]);
    await expect(found("*.gif")).rejects.toThrow("*.gif does not exist");
  });
});
