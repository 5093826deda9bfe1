import { crc32 } from "node:zlib";
import { normals } from "@leader/graph";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { exifOfTiff } from "../../src/picture/exif.js";
import { decodePicture } from "../../src/picture/read-picture.js";
import { resultPicture, visibleSamples } from "../../src/picture/result-picture.js";
import { encodePicture, lossesOf } from "../../src/picture/write-picture.js";
import { tiffOf, type Samples, type TiffForm } from "./tiff-of.js";

/** Nothing of a file is lost: what comes out of an identity restoration is compared with the file by the decoder alone. */

const [width, height] = [13, 9];

function randomSamples(channels: number, bits: 8 | 16): Uint8Array | Uint16Array {
  const peak = bits === 8 ? 255 : 65535;
  const noise = normals({ seed: 1, image: channels, step: bits, name: "samples" }, width * height * channels);
  const values = Array.from(noise, (z) => Math.round(Math.min(1, Math.max(0, 0.5 + z / 3)) * peak));
  return bits === 8 ? Uint8Array.from(values) : Uint16Array.from(values);
}

const spaces = { 8: { grey: "b-w", colour: "srgb" }, 16: { grey: "grey16", colour: "rgb16" } } as const;

/** Samples as the decoder sees them, as colours, with every channel. */
async function samplesOf(file: Uint8Array, bits: 8 | 16): Promise<readonly number[]> {
  const raw = await sharp(file, { ignoreIcc: true })
    .toColourspace(spaces[bits].colour)
    .raw({ depth: bits === 8 ? "uchar" : "ushort" })
    .toBuffer();
  return [...(bits === 8 ? raw : new Uint16Array(Uint8Array.from(raw).buffer))];
}

const restored = async (file: Uint8Array, format: "png" | "tiff" | "webp" | "jpeg" | "avif"): Promise<Uint8Array> => {
  const source = await decodePicture(file, "source");
  const { tensor, options } = resultPicture(source.tensor, source);
  return await encodePicture(format, tensor, options);
};

const codeOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "no error",
    (error: unknown) => (error as { code?: unknown }).code,
  );

describe("identity restoration", () => {
  const kinds = { grey: 1, "grey and alpha": 2, RGB: 3, RGBA: 4 } as const;
  for (const bits of [8, 16] as const) {
    for (const format of ["png", "tiff", "webp"] as const) {
      if (bits === 16 && format === "webp") continue;
      it.each(Object.entries(kinds))(`is exact: ${bits} bits, %s, ${format}`, async (_, channels) => {
        const space = spaces[bits][channels <= 2 ? "grey" : "colour"];
        const picture = sharp(randomSamples(channels, bits), { raw: { width, height, channels } }).toColourspace(space);
        const file = await {
          png: () => picture.png(),
          tiff: () => picture.tiff({ compression: "lzw" }),
          webp: () => picture.webp({ lossless: true, exact: true }),
        }
          [format]()
          .toBuffer();
        const result = await restored(file, format);
        expect(await samplesOf(result, bits)).toEqual(await samplesOf(file, bits));
        const [before, after] = [await sharp(file).metadata(), await sharp(result).metadata()];
        expect([after.channels, after.depth, after.space]).toEqual([before.channels, before.depth, before.space]);
      });
    }
  }

  it("is exact for palettes, with transparency too", async () => {
    for (const channels of [3, 4] as const) {
      const file = await sharp(randomSamples(channels, 8), { raw: { width, height, channels } })
        .png({ palette: true, colours: 16 })
        .toBuffer();
      expect((await sharp(file).metadata()).isPalette).toBe(true);
      for (const format of ["png", "tiff", "webp"] as const) {
        expect(await samplesOf(await restored(file, format), 8)).toEqual(await samplesOf(file, 8));
      }
    }
  });

  it("keeps 16 bits that become 8, and transparency that a format lacks, no secret", async () => {
    const source = await decodePicture(
      await sharp(randomSamples(4, 16), { raw: { width, height, channels: 4 } })
        .toColourspace("rgb16")
        .png()
        .toBuffer(),
      "x",
    );
    const { options } = resultPicture(source.tensor, source);
    expect(lossesOf("jpeg", options)).toEqual([
      "16 bits become 8: JPEG has no more",
      "transparent parts become white: JPEG has no transparency",
    ]);
    expect(lossesOf("tiff", options)).toEqual([]);
  });
});

describe("orientation, profile and EXIF", () => {
  // Red, green, blue and white quarters: every orientation arranges them differently.
  const quarters = (() => {
    const data = new Uint8Array(16 * 24 * 3);
    const colours = [
      [220, 30, 30],
      [30, 200, 30],
      [30, 30, 220],
      [240, 240, 240],
    ] as const;
    for (let y = 0; y < 16; y++) for (let x = 0; x < 24; x++) data.set(colours[2 * Number(y >= 8) + Number(x >= 12)]!, 3 * (24 * y + x));
    return data;
  })();
  const stored = async (format: "jpeg" | "png" | "webp" | "tiff", orientation: number, profile: boolean): Promise<Uint8Array> => {
    // sharp converts colours when it attaches a profile; reading them back without it is what the file holds.
    const picture = sharp(quarters, { raw: { width: 24, height: 16, channels: 3 } });
    const described = picture
      .withExif({ IFD0: { Copyright: "Someone", Make: "Camera" }, IFD2: { FNumber: "28/10" } })
      .withMetadata({ orientation });
    const made = await (profile ? described.withIccProfile("p3") : described)
      [format](format === "jpeg" ? { quality: 98, chromaSubsampling: "4:4:4" } : {})
      .toBuffer();
    if (format !== "tiff") return made;
    const { exif = new Uint8Array() } = await sharp(await described.jpeg().toBuffer()).metadata();
    const { tiffWithExif } = await import("../../src/picture/exif.js");
    return tiffWithExif(made, exif.subarray(6));
  };

  for (const format of ["jpeg", "png", "webp", "tiff"] as const) {
    it.each([1, 2, 3, 4, 5, 6, 7, 8])(`are kept, upright: ${format}, orientation %i`, async (orientation) => {
      for (const profile of [true, false]) {
        const file = await stored(format, orientation, profile);
        expect((await sharp(file).metadata()).orientation).toBe(orientation);
        const result = await restored(file, format);
        const upright = await sharp(file, { ignoreIcc: true }).autoOrient().raw().toBuffer({ resolveWithObject: true });
        const back = await sharp(result, { ignoreIcc: true }).raw().toBuffer({ resolveWithObject: true });
        expect([back.info.width, back.info.height]).toEqual(orientation >= 5 ? [16, 24] : [24, 16]);
        const worst = Math.max(...back.data.map((value, i) => Math.abs(value - upright.data[i]!)));
        expect(worst).toBeLessThanOrEqual(format === "jpeg" ? 12 : 0);
        const metadata = await sharp(result).metadata();
        expect(metadata.orientation ?? 1).toBe(1);
        expect(metadata.icc).toEqual((await sharp(file).metadata()).icc);
        if (profile) expect(metadata.icc?.length).toBeGreaterThan(300);
        const exif = Buffer.from(format === "tiff" ? exifOfTiff(result)! : metadata.exif!);
        expect(exif.includes("Someone\0") && exif.includes("Camera\0")).toBe(true);
        // f/2.8: one rational of the EXIF directory below the main one.
        expect(exif.includes(Buffer.from(Uint32Array.of(28, 10).buffer)) || exif.includes(Buffer.from([0, 0, 0, 28, 0, 0, 0, 10]))).toBe(
          true,
        );
      }
    });
  }

  it("works in the colours of the profile at both depths, and strips EXIF only when asked", async () => {
    for (const deep of [false, true]) {
      const made = await sharp(quarters, { raw: { width: 24, height: 16, channels: 3 } })
        .toColourspace(deep ? "rgb16" : "srgb")
        .withIccProfile("p3")
        .withExifMerge({ IFD0: { Artist: "Someone" } })
        .png()
        .toBuffer();
      const { icc } = await sharp(made).metadata();
      expect(await samplesOf(await restored(made, "png"), deep ? 16 : 8)).toEqual(await samplesOf(made, deep ? 16 : 8));
      const source = await decodePicture(made, "p3.png");
      const { tensor, options } = resultPicture(source.tensor, source, { strip: true });
      const metadata = await sharp(await encodePicture("png", tensor, options)).metadata();
      expect(metadata.exif).toBeUndefined();
      expect(metadata.icc).toEqual(icc);
    }
  });

  it("keeps the density, and a JPEG's quality where it is higher than the default", async () => {
    for (const format of ["png", "jpeg", "tiff"] as const) {
      const file = await sharp(quarters, { raw: { width: 24, height: 16, channels: 3 } })
        .withMetadata({ density: 300 })
        [format]()
        .toBuffer();
      expect((await sharp(await restored(file, format)).metadata()).density).toBe(300);
    }
    for (const quality of [30, 75, 98]) {
      const file = await sharp(quarters, { raw: { width: 24, height: 16, channels: 3 } })
        .jpeg({ quality })
        .toBuffer();
      expect((await decodePicture(file, "q.jpg")).metadata.quality).toBe(quality);
    }
  });
});

describe("sample types and pages", () => {
  const decode = (samples: Samples, format: TiffForm["format"], channels: TiffForm["channels"] = 1, premultiplied = false) =>
    decodePicture(tiffOf(samples, { width: samples.length / channels, channels, format, premultiplied }), "samples.tif");

  it("scales by type what has a white of its own", async () => {
    expect([...(await decode(Float32Array.of(0, 0.25, 0.5, 1), "float")).tensor.data]).toEqual([-1, -0.5, 0, 1]);
    expect([...(await decode(Uint32Array.of(0, 2 ** 31, 2 ** 32 - 1), "uint")).tensor.data]).toEqual(
      [-1, 2 ** -32 * 2, 1].map((v) => expect.closeTo(v, 8) as number),
    );
    const colour = await decode(Float32Array.of(0, 0.25, 0.5, 1, 1, 0.75, 0.5, 0.25), "float", 4);
    expect([...colour.tensor.data]).toEqual([-1, 1, -0.5, 0.5, 0, 0]);
    expect([...colour.alpha!.data]).toEqual([1, 0.25]);
    expect(colour.notes).toEqual(["floating-point samples: the result has 16 bits"]);
  });

  it("refuses what has none", async () => {
    expect(await codeOf(decode(Int16Array.of(0, 100, -5, 32767), "int"))).toBe("LEADER_PICTURE_SAMPLES");
    expect(await codeOf(decode(Int32Array.of(0, 5, 7), "int"))).toBe("LEADER_PICTURE_SAMPLES");
    expect(await codeOf(decode(Float32Array.of(0, 128, 255), "float"))).toBe("LEADER_PICTURE_SAMPLES");
    expect(await codeOf(decode(Float32Array.of(0, NaN, 1), "float"))).toBe("LEADER_PICTURE_SAMPLES");
  });

  it("reads half precision and 32 bits, and refuses those forms of them of which the decoder makes black", async () => {
    const [zero, quarter, half, one] = [0, 0x3400, 0x3800, 0x3c00];
    const halves = Uint16Array.of(zero, quarter, half, one, one, half);
    expect([...(await decode(halves, "float", 3)).tensor.data]).toEqual([-1, 1, -0.5, 1, 0, 0]);
    await expect(decode(halves, "float")).rejects.toMatchObject({ code: "LEADER_PICTURE_SAMPLES" });
    const pixel = Uint32Array.of(2 ** 30, 2 ** 31, 2 ** 30, 2 ** 31);
    const { tensor, alpha } = await decode(pixel, "uint", 4);
    expect([...tensor.data, ...alpha!.data]).toEqual([-0.5, 0, -0.5, 0.5].map((v) => expect.closeTo(v, 6) as number));
    await expect(decode(pixel, "uint", 4, true)).rejects.toMatchObject({ code: "LEADER_PICTURE_SAMPLES" });
  });

  it("refuses files of several pictures", async () => {
    const page = Uint8Array.of(1, 2, 3, 4);
    expect(await codeOf(decodePicture(tiffOf(page, { width: 2, channels: 1, format: "uint", pages: 2 }), "pages.tif"))).toBe(
      "LEADER_PICTURE_HAS_PAGES",
    );
    const frames = sharp(
      new Uint8Array(8 * 16 * 3).map((_, i) => i),
      { raw: { width: 8, height: 16, channels: 3, pageHeight: 8 } },
    );
    expect(await codeOf(decodePicture(await frames.clone().webp({ loop: 0 }).toBuffer(), "moving.webp"))).toBe("LEADER_PICTURE_HAS_PAGES");
    expect(await codeOf(decodePicture(await frames.clone().gif().toBuffer(), "moving.gif"))).toBe("LEADER_PICTURE_HAS_PAGES");
    const png = await sharp({ create: { width: 4, height: 4, channels: 3, background: "red" } })
      .png()
      .toBuffer();
    const control = Buffer.from("6163544c" + "00000002" + "00000000", "hex");
    const animation = Buffer.concat([
      Buffer.from("00000008", "hex"),
      control,
      Buffer.from(crc32(control).toString(16).padStart(8, "0"), "hex"),
    ]);
    const moving = Buffer.concat([png.subarray(0, 33), animation, png.subarray(33)]);
    expect(await codeOf(decodePicture(moving, "moving.png"))).toBe("LEADER_PICTURE_HAS_PAGES");
  });

  it("reads GIF and AVIF, and writes AVIF", async () => {
    const still = sharp({ create: { width: 8, height: 8, channels: 3, background: { r: 250, g: 20, b: 30 } } });
    const gif = await decodePicture(await still.clone().gif().toBuffer(), "still.gif");
    expect(gif.tensor.data[0]).toBeCloseTo(250 / 127.5 - 1, 1);
    const avif = await decodePicture(await restored(await still.clone().withIccProfile("p3").png().toBuffer(), "avif"), "still.avif");
    expect(avif.tensor.shape).toEqual([1, 3, 8, 8]);
    expect(avif.metadata.icc?.length).toBeGreaterThan(300);
  });
});

describe("transparency and grey", () => {
  it("extends visible colours under transparent pixels, exactly where they are uniform", async () => {
    const colour = [200, 120, 40] as const;
    const square = (hidden: readonly number[]) => {
      const data = new Uint8Array(16 * 16 * 4);
      for (let i = 0; i < 256; i++) {
        const inside = Math.abs((i % 16) - 7.5) < 4 && Math.abs(Math.floor(i / 16) - 7.5) < 4;
        data.set([...(inside ? colour : hidden), inside ? 255 : 0], 4 * i);
      }
      return sharp(data, { raw: { width: 16, height: 16, channels: 4 } })
        .png()
        .toBuffer();
    };
    const onBlack = await decodePicture(await square([0, 0, 0]), "black.png");
    const onItself = await decodePicture(await square(colour), "itself.png");
    expect(visibleSamples(onBlack)).toEqual(onItself.tensor);
    // What was hidden stays hidden, and stays as it was.
    const { tensor } = resultPicture(visibleSamples(onBlack), onBlack);
    expect(tensor).toEqual(onBlack.tensor);
  });

  it("shows what was filled, and leaves no transparency where all of it was", () => {
    const plane = (...values: readonly number[]) => ({ shape: [1, 1, 1, 3], dtype: "float32" as const, data: Float32Array.from(values) });
    const source = { tensor: plane(0.1, 0.2, 0.3), alpha: plane(0, 0.5, 0), bitDepth: 8 as const, metadata: {}, notes: [] };
    const filled = (...measured: readonly number[]) => resultPicture(plane(0.7, 0.8, 0.9), source, { measured: plane(...measured) });
    const some = filled(0, 1, 1);
    expect([some.options.alpha?.data, some.tensor.data].map((data) => Array.from(data!, (v) => Math.round(10 * v) / 10))).toEqual([
      [1, 0.5, 0],
      [0.7, 0.8, 0.3],
    ]);
    expect(filled(1, 1, 1).options.alpha).toBe(source.alpha);
    const all = resultPicture(plane(0.7, 0.8, 0.9), { ...source, alpha: plane(0, 1, 0) }, { measured: plane(0, 1, 0) });
    expect(all.options.alpha).toBeUndefined();
  });

  it("keeps grey pictures grey in the channels of their file, and lets colourisation colour them", async () => {
    const image = { shape: [1, 3, 1, 2], dtype: "float32" as const, data: Float32Array.of(0.2, 0.4, 0.3, 0.5, 0.4, 0.6) };
    const grey = {
      tensor: { shape: [1, 1, 1, 2], dtype: "float32" as const, data: Float32Array.of(0, 1) },
      bitDepth: 8 as const,
      metadata: {},
      notes: [],
    };
    expect([...resultPicture(image, grey).tensor.data]).toEqual([0.3, 0.5].map((v) => expect.closeTo(v, 6) as number));
    const equal = { ...grey, tensor: { ...grey.tensor, shape: [1, 3, 1, 2], data: Float32Array.of(0, 1, 0, 1, 0, 1) } };
    expect([...resultPicture(image, equal).tensor.data]).toEqual([0.3, 0.5, 0.3, 0.5, 0.3, 0.5].map((v) => expect.closeTo(v, 6) as number));
    expect(resultPicture(image, grey, { measurement: grey.tensor }).tensor).toEqual(image);
  });
});
