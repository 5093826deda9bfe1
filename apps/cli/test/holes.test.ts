import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runCli } from "./run-cli.js";

/** Holes as people draw them: by a mask, or by erasing. */

let folder = "";
const at = (name: string): string => join(folder, name);
const leader = async (...args: readonly string[]) => await runCli(args, { cwd: folder });
const [width, height] = [24, 16];
const isHole = (i: number): boolean => i % width >= 8 && i % width < 14 && i >= 5 * width && i < 10 * width;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "leader-holes-"));
  const colours = (i: number): readonly number[] => [100 + 4 * (i % width), 180 - 3 * Math.floor(i / width), 90];
  const save = async (name: string, channels: 1 | 3 | 4, pixel: (i: number) => readonly number[]): Promise<void> => {
    const data = Uint8Array.from(Array.from({ length: width * height }, (_, i) => pixel(i)).flat());
    await sharp(data, { raw: { width, height, channels } }).png().toFile(at(name));
  };
  await save("photo.png", 3, colours);
  await save("erased.png", 4, (i) => (isHole(i) ? [0, 0, 0, 0] : [...colours(i), 255]));
  await save("opaque.png", 4, (i) => [...colours(i), 255]);
  await save("holes.png", 1, (i) => [isHole(i) ? 0 : 255]);
  await save("erased-mask.png", 4, (i) => [255, 255, 255, isHole(i) ? 0 : 255]);
  await save("ones.png", 1, (i) => [isHole(i) ? 0 : 1]);
  await save("white.png", 1, () => [255]);
  await save("black.png", 1, () => [0]);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const samples = async (name: string): Promise<Buffer> => await sharp(at(name)).raw().toBuffer();

it("a mask may be drawn in black, by erasing, or in ones and zeros", async () => {
  for (const mask of ["holes.png", "erased-mask.png", "ones.png"]) {
    const result = await leader("inpaint", "photo.png", "--mask", mask, "--quality", "draft", "-o", `by-${mask}`);
    expect(result.stdout, result.stderr).toContain("7.8 % of the pixels filled");
    expect(await samples(`by-${mask}`)).toEqual(await samples("by-holes.png"));
  }
}, 60_000);

it("a mask that hides nothing is told, and one that hides everything is refused", async () => {
  for (const args of [["photo.png", "--mask", "white.png"], ["opaque.png"]]) {
    const result = await leader("inpaint", ...args, "--quality", "draft", "-o", "nothing.png", "--overwrite");
    expect(result.code).toBe(0);
    expect(result.stderr).toContain("LEADER_OPERATORS_MASK_HIDES_NOTHING");
  }
  const all = await leader("inpaint", "photo.png", "--mask", "black.png", "--quality", "draft", "-o", "all.png");
  expect([all.code, all.stderr.includes("LEADER_OPERATORS_MASK_KEEPS_NOTHING")]).toEqual([42, true]);
}, 60_000);

it("what was erased and is filled can be seen, whoever says where the holes are", async () => {
  const quality = ["--quality", "draft"];
  await leader("inpaint", "erased.png", ...quality, "-o", "own.png");
  await leader("inpaint", "erased.png", "--mask", "holes.png", ...quality, "-o", "masked.png");
  const printed = await leader("inpaint", "erased.png", ...quality, "--print-pipeline");
  await writeFile(at("own.yaml"), printed.stdout);
  await leader("restore", "erased.png", "-p", "own.yaml", "-o", "printed.png");
  const own = await sharp(at("own.png")).raw().toBuffer({ resolveWithObject: true });
  expect(own.info.channels).toBe(3);
  const hole = Array.from({ length: width * height }, (_, i) => i).filter(isHole);
  expect(hole.every((i) => own.data[3 * i]! > 50)).toBe(true);
  for (const name of ["masked.png", "printed.png"]) expect(await samples(name), name).toEqual(own.data);
}, 60_000);
