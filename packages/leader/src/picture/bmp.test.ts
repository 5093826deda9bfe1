import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isPicturePath } from "./formats.js";
import { decodePicture, pictureSizeOf, readPicture } from "./read-picture.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "leader-bmp-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Kind {
  readonly bits: number;
  readonly compression?: number;
  readonly masks?: readonly number[];
  readonly palette?: readonly (readonly [number, number, number])[];
  readonly height?: number;
  readonly header?: 12 | 40 | 108;
}

/** A file of 3 x 2 pixels, unless its height says otherwise. */
function bmp({ bits, compression = 0, masks = [], palette = [], height = 2, header = 40 }: Kind, data: readonly number[]): Uint8Array {
  const entry = header === 12 ? 3 : 4;
  const beside = header === 40 ? 4 * masks.length : 0;
  const from = 14 + header + beside + entry * palette.length;
  const bytes = Buffer.alloc(from + data.length);
  bytes.write("BM", 0, "latin1");
  bytes.writeUInt32LE(bytes.length, 2);
  bytes.writeUInt32LE(from, 10);
  bytes.writeUInt32LE(header, 14);
  if (header === 12) for (const [i, value] of [3, height, 1, bits].entries()) bytes.writeUInt16LE(value, 18 + 2 * i);
  else {
    for (const [i, value] of [3, height].entries()) bytes.writeInt32LE(value, 18 + 4 * i);
    bytes.writeUInt16LE(bits, 28);
    bytes.writeUInt32LE(compression, 30);
    bytes.writeInt32LE(11811, 38);
    bytes.writeUInt32LE(palette.length, 46);
    for (const [i, mask] of masks.entries()) bytes.writeUInt32LE(mask, 54 + 4 * i);
  }
  for (const [i, [r, g, b]] of palette.entries()) bytes.set([b, g, r], 14 + header + beside + entry * i);
  bytes.set(data, from);
  return bytes;
}

const [red, green, blue, white, black, grey] = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [255, 255, 255],
  [0, 0, 0],
  [51, 51, 51],
] as const;
const flag = [red, green, blue, white, black, grey];
const six = [red, green, blue, white, black, grey];
/** Rows of the flag as a BMP has them, the lower one first: numbers of colours. */
const [upper, lower] = [
  [0, 1, 2],
  [3, 4, 5],
];
const half = (row: readonly number[]): readonly number[] => [row[0]! * 16 + row[1]!, row[2]! * 16, 0, 0];
const bgr = (row: readonly number[], more: readonly number[] = []): readonly number[] =>
  row.flatMap((i) => [...[...six[i]!].reverse(), ...more]);
const as16 = (row: readonly number[], of: (c: readonly number[]) => number): readonly number[] => [
  ...row.flatMap((i) => [of(six[i]!) & 255, of(six[i]!) >> 8]),
  0,
  0,
];
const to555 = ([r = 0, g = 0, b = 0]: readonly number[]): number => ((r >> 3) << 10) | ((g >> 3) << 5) | (b >> 3);
const to565 = ([r = 0, g = 0, b = 0]: readonly number[]): number => ((r >> 3) << 11) | ((g >> 2) << 5) | (b >> 3);

const samplesOf = async (bytes: Uint8Array): Promise<readonly (readonly number[])[]> => {
  const { tensor } = await decodePicture(bytes, "a.bmp");
  expect(tensor.shape).toEqual([1, 3, 2, 3]);
  return Array.from({ length: 6 }, (_, i) => [0, 1, 2].map((c) => Math.round((tensor.data[6 * c + i]! + 1) * 127.5)));
};

describe("BMP files", () => {
  it.each<readonly [string, Uint8Array]>([
    ["24 bits", bmp({ bits: 24 }, [...bgr(lower), 0, 0, 0, ...bgr(upper), 0, 0, 0])],
    ["24 bits, the filling of the last row left out", bmp({ bits: 24 }, [...bgr(lower), 0, 0, 0, ...bgr(upper)])],
    ["24 bits, top row first", bmp({ bits: 24, height: -2 }, [...bgr(upper), 0, 0, 0, ...bgr(lower), 0, 0, 0])],
    ["32 bits, of which the last byte means nothing", bmp({ bits: 32 }, [...bgr(lower, [0]), ...bgr(upper, [0])])],
    ["8 bits", bmp({ bits: 8, palette: six }, [...lower, 0, ...upper, 0])],
    ["4 bits", bmp({ bits: 4, palette: six }, [...half(lower), ...half(upper)])],
    [
      "8 bits of OS/2",
      bmp({ bits: 8, palette: [...six, ...Array<typeof black>(250).fill(black)], header: 12 }, [...lower, 0, ...upper, 0]),
    ],
    // A run, numbers as they are, the end of a row, a jump, the end.
    ["8 bits in runs", bmp({ bits: 8, compression: 1, palette: six }, [0, 3, 3, 4, 5, 0, 0, 0, 1, 0, 0, 2, 0, 0, 1, 1, 1, 2, 0, 1])],
    ["4 bits in runs", bmp({ bits: 4, compression: 2, palette: six }, [2, 0x34, 1, 0x50, 0, 0, 0, 3, 0x01, 0x20, 0, 1])],
  ])("%s", async (_, bytes) => {
    expect(await samplesOf(bytes)).toEqual(flag.map((colour) => [...colour]));
  });

  it.each<readonly [string, Uint8Array, number]>([
    ["15 bits", bmp({ bits: 16 }, [...as16(lower, to555), ...as16(upper, to555)]), 4.2],
    ["16 bits", bmp({ bits: 16, compression: 3, masks: [0xf800, 0x7e0, 0x1f] }, [...as16(lower, to565), ...as16(upper, to565)]), 4.2],
  ])("%s, to their precision", async (_, bytes, most) => {
    const samples = await samplesOf(bytes);
    for (const [i, colour] of samples.entries())
      for (const [c, value] of colour.entries()) expect(Math.abs(value - flag[i]![c]!)).toBeLessThan(most);
  });

  it("one bit, black and white", async () => {
    const bytes = bmp({ bits: 1, palette: [black, white] }, [0b101_00000, 0, 0, 0, 0b010_00000, 0, 0, 0]);
    expect((await samplesOf(bytes)).map(([value]) => value)).toEqual([0, 255, 0, 255, 0, 255]);
  });

  it("with transparency where the file states which bits it has, and its density; the head tells the size", async () => {
    const masks = [0xff, 0xff00, 0xff0000, 0xff000000];
    const row = (indices: readonly number[]): readonly number[] => indices.flatMap((i) => [...six[i]!, 40 * i]);
    const bytes = bmp({ bits: 32, compression: 3, masks, header: 108 }, [...row(lower), ...row(upper)]);
    const path = join(folder, "alpha.bmp");
    await writeFile(path, bytes);
    const { alpha, bitDepth, metadata } = await readPicture(path);
    expect([...alpha!.data].map((value) => Math.round(255 * value))).toEqual([0, 40, 80, 120, 160, 200]);
    expect({ bitDepth, metadata }).toEqual({ bitDepth: 8, metadata: { density: 300 } });
    expect(await samplesOf(bytes)).toEqual(flag.map((colour) => [...colour]));
    expect(await pictureSizeOf(path)).toEqual({ channels: 3, height: 2, width: 3, bitDepth: 8, hasAlpha: true });
    expect(isPicturePath("A.BMP")).toBe(true);
  });

  it("that are damaged or of other kinds are refused", async () => {
    const good = bmp({ bits: 24 }, [...bgr(lower), 0, 0, 0, ...bgr(upper), 0, 0, 0]);
    const changed = (at: number, value: number): Uint8Array => {
      const copy = Buffer.from(good);
      copy.writeUInt32LE(value, at);
      return copy;
    };
    const bad: readonly Uint8Array[] = [
      good.subarray(0, 60),
      good.subarray(0, 30),
      changed(14, 17),
      changed(18, 0),
      changed(30, 4),
      bmp({ bits: 8, palette: [red] }, [0, 1, 0, 0, 0, 0, 0, 0]),
      bmp({ bits: 8, compression: 1, palette: six }, [3]),
    ];
    for (const bytes of bad) await expect(decodePicture(bytes, "a.bmp")).rejects.toMatchObject({ code: "LEADER_PICTURE_UNREADABLE" });
    await expect(decodePicture(changed(18, 2_000_000_000), "a.bmp")).rejects.toMatchObject({ code: "LEADER_PICTURE_TOO_LARGE" });
  });
});
