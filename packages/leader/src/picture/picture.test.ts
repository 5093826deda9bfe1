import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { normals, type HostTensor } from "@leader/graph";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeNpy, encodeNpy, readNpy, writeNpy } from "./npy.js";
import { pictureSizeOf, readPicture } from "./read-picture.js";
import { encodePicture, writePicture } from "./write-picture.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "leader-picture-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A picture whose samples are exact multiples of 1/peak, so that a lossless round trip is exact. */
function quantised(shape: readonly [1, number, number, number], peak: number): HostTensor {
  const count = shape.reduce((a, b) => a * b, 1);
  const noise = normals({ seed: 1, image: 0, step: 0, name: "picture" }, count);
  const data = Float32Array.from(noise, (z) => (2 * Math.round(Math.min(1, Math.max(0, 0.5 + z / 4)) * peak)) / peak - 1);
  return { shape, dtype: "float32", data };
}

const codeOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "no error",
    (error: unknown) => (error as { code?: unknown }).code,
  );

describe("pictures", () => {
  it.each(["png", "webp", "tiff"])("keeps 8-bit colour exactly or closely: %s", async (extension) => {
    const path = join(folder, `colour.${extension}`);
    const picture = quantised([1, 3, 9, 14], 255);
    await writePicture(path, picture, { quality: 100 });
    const back = await readPicture(path);
    expect(back.tensor.shape).toEqual(picture.shape);
    const errors = [...back.tensor.data].map((v, i) => Math.abs(v - picture.data[i]!));
    // WebP is lossy: on white noise it keeps the values only on average.
    if (extension === "webp") expect(errors.reduce((a, b) => a + b) / errors.length).toBeLessThan(0.3);
    else expect(Math.max(...errors)).toBeLessThan(1e-6);
  });

  it.each([1, 3])("keeps 16 bits exactly: %i channels", async (channels) => {
    for (const extension of ["png", "tiff"]) {
      const path = join(folder, `deep${channels}.${extension}`);
      const picture = quantised([1, channels, 7, 5], 65535);
      await writePicture(path, picture, { bitDepth: 16 });
      const back = await readPicture(path);
      expect(back.bitDepth).toBe(16);
      expect(back.tensor.shape).toEqual(picture.shape);
      expect(Math.max(...back.tensor.data.map((v, i) => Math.abs(v - picture.data[i]!)))).toBeLessThan(1e-7);
    }
  });

  it.each([
    [1, 8],
    [3, 8],
    [1, 16],
    [3, 16],
  ] as const)("writes what is compressed in several pieces, with transparency: %i channels of %i bits", async (channels, bitDepth) => {
    const path = join(folder, `pieces${channels}-${bitDepth}.png`);
    const peak = 2 ** bitDepth - 1;
    const picture = quantised([1, channels, 430, 701], peak);
    const alpha: HostTensor = {
      shape: [1, 1, 430, 701],
      dtype: "float32",
      data: picture.data.subarray(0, 430 * 701).map((v) => (v + 1) / 2),
    };
    await writePicture(path, picture, { bitDepth, alpha });
    const back = await readPicture(path);
    expect(back).toMatchObject({ bitDepth, tensor: { shape: picture.shape } });
    const worst = (one: HostTensor["data"], other: HostTensor["data"]): number => {
      let most = 0;
      for (let i = 0; i < one.length; i++) most = Math.max(most, Math.abs(one[i]! - other[i]!));
      return most;
    };
    // Half a step of a sample would be 1 / peak.
    expect(worst(back.tensor.data, picture.data)).toBeLessThan(0.01 / peak);
    expect(worst(back.alpha!.data, alpha.data)).toBeLessThan(0.01 / peak);
  });

  it("makes files that other encoders make a third larger", async () => {
    const { default: sharp } = await import("sharp");
    const data = Float32Array.from({ length: 3 * 200 ** 2 }, (_, i) => Math.sin((i % 200) / 31) * Math.cos(Math.floor(i / 200) / 17));
    const grain = normals({ seed: 2, image: 0, step: 0, name: "grain" }, data.length);
    const file = await encodePicture("png", {
      shape: [1, 3, 200, 200],
      dtype: "float32",
      data: data.map((v, i) => 0.9 * v + 0.01 * grain[i]!),
    });
    const samples = await sharp(file).raw().toBuffer();
    const unfiltered = await sharp(samples, { raw: { width: 200, height: 200, channels: 3 } })
      .png({ compressionLevel: 6 })
      .toBuffer();
    expect(file.length).toBeLessThan(0.75 * unfiltered.length);
  });

  it("carries transparency along and resizes it", async () => {
    const path = join(folder, "alpha.png");
    const alpha: HostTensor = { shape: [1, 1, 4, 4], dtype: "float32", data: new Float32Array(16).fill(0.2) };
    await writePicture(path, quantised([1, 3, 8, 8], 255), { alpha });
    const back = await readPicture(path);
    expect(back.alpha?.shape).toEqual([1, 1, 8, 8]);
    expect(back.alpha!.data[20]).toBeCloseTo(51 / 255, 5);
  });

  it.each([
    [8, 16],
    [8, 32],
    [16, 8],
  ])("resizes transparency where it is: a ramp of %i pixels to %i", async (from, to) => {
    const path = join(folder, `ramp${to}.png`);
    // Rising by 1/32 in each pixel of the source along a row, half as fast along a column.
    const valueAt = (y: number, x: number): number => 0.1 + x / 32 + y / 64;
    const data = Float32Array.from({ length: from * from }, (_, i) => valueAt(Math.floor(i / from), i % from));
    await writePicture(path, quantised([1, 3, to, to], 65535), {
      alpha: { shape: [1, 1, from, from], dtype: "float32", data },
      bitDepth: 16,
    });
    const { alpha } = await readPicture(path);
    const place = (i: number): number => ((i + 0.5) * from) / to - 0.5;
    const inside = (i: number): boolean => place(i) >= 1 && place(i) <= from - 2;
    for (let y = 0; y < to; y++)
      for (let x = 0; x < to; x++) if (inside(y) && inside(x)) expect(alpha!.data[y * to + x]).toBeCloseTo(valueAt(place(y), place(x)), 4);
  });

  it("reads three equal channels as one where that is asked for, with transparency, at 8 and 16 bits", async () => {
    const one = quantised([1, 1, 5, 7], 255);
    const grey = Float32Array.from({ length: 3 * one.data.length }, (_, i) => one.data[i % one.data.length]!);
    const alpha = { shape: [1, 1, 5, 7], dtype: "float32", data: one.data.map((v) => (v + 1) / 2) } as HostTensor;
    for (const [name, bitDepth] of [["equal8.png", 8] as const, ["equal16.png", 16] as const]) {
      const path = join(folder, name);
      await writePicture(path, { shape: [1, 3, 5, 7], dtype: "float32", data: grey }, { alpha, bitDepth });
      const read = await readPicture(path, { equalAsOne: true });
      expect(read.tensor.shape).toEqual([1, 1, 5, 7]);
      read.tensor.data.forEach((v, i) => expect(v).toBeCloseTo(Number(one.data[i]), 4));
      read.alpha!.data.forEach((v, i) => expect(v).toBeCloseTo(Number(alpha.data[i]), 4));
      expect((await readPicture(path)).tensor.shape).toEqual([1, 3, 5, 7]);
    }
    const coloured = grey.slice();
    coloured[coloured.length - 1]! += coloured.at(-1)! > 0 ? -0.5 : 0.5;
    await writePicture(join(folder, "nearly.png"), { shape: [1, 3, 5, 7], dtype: "float32", data: coloured });
    expect((await readPicture(join(folder, "nearly.png"), { equalAsOne: true })).tensor.shape).toEqual([1, 3, 5, 7]);
  });

  it("turns photographs upright", async () => {
    const { default: sharp } = await import("sharp");
    const path = join(folder, "rotated.jpg");
    await sharp({ create: { width: 8, height: 4, channels: 3, background: "red" } })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toFile(path);
    expect((await readPicture(path)).tensor.shape).toEqual([1, 3, 8, 4]);
  });

  it("answers bad files with codes", async () => {
    const garbage = join(folder, "garbage.png");
    await writeFile(garbage, "not a picture");
    expect(await codeOf(readPicture(garbage))).toBe("LEADER_PICTURE_UNREADABLE");
    for (const [bytes, how] of [
      ["\0\0\0\x18ftypcrx \0\0\0\0crx isom", /raw file/u],
      ["FUJIFILMCCD-RAW 0201", /raw file/u],
    ] as const) {
      const foreign = join(folder, "foreign");
      await writeFile(foreign, bytes, "latin1");
      await expect(readPicture(foreign)).rejects.toMatchObject({
        code: "LEADER_PICTURE_FOREIGN",
        message: expect.stringMatching(how) as string,
        hint: expect.stringContaining("convert it first: ") as string,
      });
      expect(await codeOf(pictureSizeOf(foreign))).toBe("LEADER_PICTURE_FOREIGN");
    }
    expect(await codeOf(readPicture(join(folder, "absent.png")))).toBe("LEADER_FILE_MISSING");
    const whole = join(folder, "whole.png");
    await writePicture(whole, quantised([1, 3, 64, 64], 255));
    const truncated = join(folder, "truncated.png");
    await writeFile(truncated, (await readFile(whole)).subarray(0, 3000));
    expect(await codeOf(readPicture(truncated))).toBe("LEADER_PICTURE_UNREADABLE");
    expect(await codeOf(writePicture(join(folder, "x.bmp"), quantised([1, 3, 4, 4], 255)))).toBe("LEADER_PICTURE_FORMAT_UNKNOWN");
  });

  it("leaves nothing behind when it cannot write", async () => {
    expect(await codeOf(writePicture(join(folder, "no", "such", "folder.png"), quantised([1, 3, 4, 4], 255)))).toBe(
      "LEADER_FILE_NOT_WRITTEN",
    );
    expect((await readdir(folder)).filter((name) => name.endsWith(".partial"))).toEqual([]);
  });
});

describe("npy", () => {
  it("round-trips", async () => {
    const tensor: HostTensor = { shape: [2, 3], dtype: "float32", data: Float32Array.of(1, -2, 3.5, 0, 1e-20, 7) };
    const path = join(folder, "a.npy");
    await writeNpy(path, tensor);
    expect(await readNpy(path)).toEqual(tensor);
    expect((await readFile(path)).length % 64).toBe(24);
    const vector: HostTensor = { shape: [3], dtype: "int32", data: Int32Array.of(1, 2, 3) };
    expect(decodeNpy(encodeNpy(vector), "v")).toEqual(vector);
  });

  it("reads Fortran order as what it is, and 16-bit integers", async () => {
    const header = "{'descr': '<u2', 'fortran_order': True, 'shape': (2, 3), }".padEnd(117, " ") + "\n";
    const bytes = Buffer.concat([
      Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]),
      Buffer.from(header, "latin1"),
      Buffer.from(Uint16Array.of(11, 21, 12, 22, 13, 65535).buffer),
    ]);
    expect(decodeNpy(bytes, "f.npy")).toEqual({ shape: [2, 3], dtype: "int32", data: Int32Array.of(11, 12, 13, 21, 22, 65535) });
  });

  it("refuses damaged arrays", () => {
    const whole = encodeNpy({ shape: [4], dtype: "float32", data: new Float32Array(4) });
    const code = (bytes: Uint8Array): unknown => {
      try {
        decodeNpy(bytes, "x.npy");
        return "no error";
      } catch (error) {
        return (error as { code?: unknown }).code;
      }
    };
    expect(code(whole.subarray(0, whole.length - 1))).toBe("LEADER_ARRAY_UNREADABLE");
    expect(code(new Uint8Array(20))).toBe("LEADER_ARRAY_UNREADABLE");
    expect(code(new TextEncoder().encode("hello, this is not an array"))).toBe("LEADER_ARRAY_UNREADABLE");
  });
});

it("gives the memory of an array back before it is encoded, where that is asked for, and the file is the same", async () => {
  const picture = (): HostTensor => ({ shape: [1, 3, 20, 30], dtype: "float32", data: new Float32Array(1800).fill(0.25) });
  const [kept, consumed] = [picture(), picture()];
  const bytes = await encodePicture("png", kept);
  expect(await encodePicture("png", consumed, { consume: true })).toEqual(bytes);
  expect([kept.data.length, consumed.data.length]).toEqual([1800, 0]);
});
