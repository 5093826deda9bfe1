import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { HostTensor } from "@leader/graph";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { packageFolder } from "../../src/files/built-entry.js";
import { readableExtensions } from "../../src/picture/heic.js";
import { decodePicture, pictureSizeOf, readPicture } from "../../src/picture/read-picture.js";
import { resultPicture } from "../../src/picture/result-picture.js";
import { encodePicture } from "../../src/picture/write-picture.js";
import { samplesFirst } from "./samples-first.js";

const fixture = (name: string): string => fileURLToPath(new URL(`./heic/${name}`, import.meta.url));

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "leader-heic-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** The largest of the mean errors of the channels, in steps of 8 bits. */
function errorOf(a: HostTensor, b: HostTensor): number {
  expect(a.shape).toEqual(b.shape);
  const plane = a.shape[2]! * a.shape[3]!;
  const sums = Array.from({ length: a.shape[1]! }, () => 0);
  a.data.forEach((value, i) => (sums[Math.floor(i / plane)]! += (127.5 * Math.abs(value - b.data[i]!)) / plane));
  return Math.max(...sums);
}

describe("HEIC pictures", () => {
  it("are read as what was encoded", async () => {
    const { tensor, bitDepth, alpha, notes } = await readPicture(fixture("shapes.heic"));
    expect(errorOf(tensor, (await readPicture(fixture("shapes.png"))).tensor)).toBeLessThan(2);
    expect([bitDepth, alpha, notes]).toEqual([8, undefined, []]);
  });

  it("of a phone are turned once, and keep their profile and what EXIF says beside the orientation", async () => {
    const { exif } = await sharp(fixture("phone.heic")).metadata();
    expect(exif?.includes(Buffer.from([0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0]))).toBe(true);
    const source = await readPicture(fixture("phone.heic"));
    const upright = await sharp(fixture("shapes.png")).rotate(90).png().toBuffer();
    // Its colours are those of the profile.
    const inProfile = await sharp(upright).withIccProfile("p3").png().toBuffer();
    expect(errorOf(source.tensor, (await decodePicture(inProfile, "truth")).tensor)).toBeLessThan(4);
    const { tensor, options } = resultPicture(source.tensor, source);
    const result = await sharp(await encodePicture("jpeg", tensor, options)).metadata();
    expect([result.width, result.height, result.orientation]).toEqual([48, 64, 1]);
    expect(result.icc?.equals(source.metadata.icc!)).toBe(true);
    expect(result.exif?.includes("shapes")).toBe(true);
  });

  it("keep their transparency, whether colours were multiplied with it or not", async () => {
    const [straight, truth] = [await readPicture(fixture("alpha.heic")), await readPicture(fixture("alpha.png"))];
    expect(errorOf(straight.alpha!, { ...truth.alpha! })).toBeLessThan(1);
    const multiplied = await readPicture(fixture("premultiplied.heic"));
    expect(errorOf(multiplied.alpha!, straight.alpha!)).toBeLessThan(1);
    const plane = 64 * 48;
    let seen = 0;
    straight.tensor.data.forEach((value, i) => {
      const opacity = multiplied.alpha!.data[i % plane]!;
      if (opacity < 0.2 || opacity > 0.8) return;
      seen++;
      const expected = Math.min(1, (value + 1) / 2 / opacity);
      expect(Math.abs((multiplied.tensor.data[i]! + 1) / 2 - expected)).toBeLessThan(0.15);
    });
    expect(seen).toBeGreaterThan(20);
  });

  it("with more than 8 bits, and colours that only numbers tell, are read with a word about it", async () => {
    const { bitDepth, notes } = await readPicture(fixture("deep.heic"));
    expect(bitDepth).toBe(8);
    expect(notes).toEqual([
      "10-bit samples: they are read with 8 bits",
      expect.stringContaining("primaries 9 and curve 16 of ITU-T H.273") as string,
    ]);
  });

  it("of a file with several are the one that the file names", async () => {
    const { tensor, notes } = await readPicture(fixture("two.heic"));
    expect(errorOf(tensor, (await readPicture(fixture("shapes.png"))).tensor)).toBeLessThan(2);
    expect(notes).toEqual(["the file holds 2 pictures: the one that it names as its main one is read"]);
  });

  it("are read as grey where that is asked for, and their size is known without decoding", async () => {
    const grey = await readPicture(fixture("shapes.heic"), { equalAsOne: true });
    expect(grey.tensor.shape).toEqual([1, 3, 48, 64]);
    for (const name of ["shapes.heic", "phone.heic", "alpha.heic", "deep.heic", "two.heic"]) {
      const { tensor, bitDepth, alpha } = await readPicture(fixture(name));
      const [, channels, height, width] = tensor.shape;
      expect(await pictureSizeOf(fixture(name))).toEqual({ channels, height, width, bitDepth, hasAlpha: alpha !== undefined });
    }
  });

  it("that are damaged are refused by code, without a word on the console", async () => {
    const log = vi.spyOn(process.stdout, "write");
    const whole = await readFile(fixture("shapes.heic"));
    const cut = whole.subarray(0, whole.length - 300);
    await expect(decodePicture(cut, "cut.heic")).rejects.toMatchObject({ code: "LEADER_PICTURE_UNREADABLE" });
    await expect(decodePicture(whole.subarray(0, 40), "cut.heic")).rejects.toMatchObject({ code: "LEADER_PICTURE_UNREADABLE" });
    expect(log).not.toHaveBeenCalled();
    log.mockRestore();
  });

  it("are told from AVIF by what codes them, not by the brand", async () => {
    const avif = await sharp(fixture("shapes.png")).avif({ lossless: true }).toBuffer();
    const branded = Buffer.from(avif);
    branded.write("mif1", 8, "latin1");
    expect((await sharp(branded).metadata()).compression).toBe("hevc");
    expect((await decodePicture(branded, "mif1.avif")).tensor).toEqual((await decodePicture(avif, "own.avif")).tensor);
  });

  it("of any brand that sharp reads are decoded", async () => {
    const whole = await readFile(fixture("shapes.heic"));
    const { tensor } = await decodePicture(whole, "heic.heic");
    for (const brand of ["heim", "heis", "hevm", "mif1"]) {
      const branded = Buffer.from(whole);
      branded.write(brand, 8, "latin1");
      expect((await decodePicture(branded, brand)).tensor, brand).toEqual(tensor);
      expect(branded.toString("latin1", 8, 12)).toBe(brand);
    }
  });

  it("are known by what stands behind samples of any size", async () => {
    const premultiplied = await readFile(fixture("premultiplied.heic"));
    expect(await decodePicture(samplesFirst(premultiplied), "a.heic")).toEqual(await decodePicture(premultiplied, "b.heic"));
    const avif = await sharp(fixture("shapes.png")).avif({ lossless: true }).toBuffer();
    const branded = samplesFirst(avif);
    branded.write("mif1", 8, "latin1");
    expect((await decodePicture(branded, "mif1.avif")).tensor).toEqual((await decodePicture(avif, "own.avif")).tensor);
    // As its directory has it, its samples have 10 bits, which only AVIF keeps.
    branded[branded.indexOf("av1C") + 6]! |= 0x40;
    await writeFile(join(folder, "deep.avif"), branded);
    expect((await sharp(branded).metadata()).compression).toBe("hevc");
    expect(await pictureSizeOf(join(folder, "deep.avif"))).toMatchObject({ bitDepth: 16, width: 64, height: 48 });
  });

  it("say what to install where the decoder is not", async () => {
    const modules = join(folder, "node_modules");
    await mkdir(modules);
    const above = join(packageFolder, "../../node_modules");
    for (const name of await readdir(above)) {
      if (!["leader-restore", "heic-decode", "libheif-js"].includes(name)) await symlink(join(above, name), join(modules, name));
    }
    for (const part of ["package.json", "dist"]) {
      await cp(join(packageFolder, part), join(modules, "leader-restore", part), { recursive: true });
    }
    const program = join(folder, "read.mjs");
    await writeFile(
      program,
      `import { readableExtensions, readPicture } from "leader-restore";
       const [file] = process.argv.slice(2);
       await readPicture(file).catch(({ code, message, hint }) => console.log(JSON.stringify({ code, message, hint, endings: readableExtensions() })));`,
    );
    const { stdout } = await promisify(execFile)(process.execPath, [program, fixture("shapes.heic")]);
    const said: unknown = JSON.parse(stdout);
    expect(said).toMatchObject({ endings: expect.not.arrayContaining([".heic"]) as string[] });
    expect(readableExtensions()).toEqual(expect.arrayContaining([".heic", ".hif", ".png", ".gif"]));
    expect(said).toMatchObject({
      code: "LEADER_PICTURE_DECODER_MISSING",
      message: expect.stringContaining("shapes.heic") as string,
      hint: expect.stringContaining("npm install heic-decode") as string,
    });
  });
});
