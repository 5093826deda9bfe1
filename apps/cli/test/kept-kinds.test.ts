import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { normals } from "@leader/graph";
import { decodeNpy, encodeNpy } from "leader-restore";
import sharp, { type Sharp } from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runCli } from "./run-cli.js";

/** Files of every kind through the commands as they are run: what comes out is compared with what went in by the decoder alone. */

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "leader-kinds-"));
  await writeFile(at("p.yaml"), pipeline);
  await randomPicture(1, 8).blur(2).png().toFile(at("grey.png"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const pipeline = `apiVersion: leader/v1
noise: 0.02
operator: { use: "@leader/operators#gaussian-blur", with: { size: 3, sigma: 0.8 } }
baseline: { use: "@leader/baseline-ddnm#ddnm-plus" }
scheduler: { use: "leader#uniform", with: { steps: 2 } }
backend: { use: "@leader/backend-onnx#cpu" }
`;

const at = (name: string): string => join(folder, name);
const leader = async (...args: readonly string[]) => {
  const result = await runCli(args, { cwd: folder });
  expect(result.code, result.stderr).toBe(0);
  return result;
};

const [width, height] = [24, 20];

/** Any samples: what is compared is whether they are kept. Opacity is random too, and 0 in the first rows. */
function randomPicture(channels: 1 | 2 | 3 | 4, bits: 8 | 16): Sharp {
  const peak = bits === 8 ? 255 : 65535;
  const noise = normals({ seed: 3, image: channels, step: bits, name: "kinds" }, width * height * channels);
  const hasAlpha = channels % 2 === 0;
  const values = Array.from(noise, (z, i) => {
    const transparent = hasAlpha && i % channels === channels - 1 && i < 3 * width * channels;
    return transparent ? 0 : Math.round(Math.min(1, Math.max(0, 0.5 + z / 4)) * peak);
  });
  const space = channels <= 2 ? (bits === 8 ? "b-w" : "grey16") : bits === 8 ? "srgb" : "rgb16";
  const samples = bits === 8 ? Uint8Array.from(values) : Uint16Array.from(values);
  return sharp(samples, { raw: { width, height, channels } }).toColourspace(space);
}

/** Samples as the decoder sees them, and what the file says of itself. */
async function contentOf(path: string) {
  const { channels, depth, space, hasAlpha, icc } = await sharp(path).metadata();
  const deep = depth === "ushort";
  const raw = await sharp(path, { ignoreIcc: true })
    .toColourspace(deep ? "rgb16" : "srgb")
    .raw({ depth: deep ? "ushort" : "uchar" })
    .toBuffer();
  return { channels, depth, space, hasAlpha, icc: icc?.toString("hex"), samples: raw.toString("hex") };
}

it("is a file of the same samples that denoising without noise makes, whatever its kind", async () => {
  await mkdir(at("in"));
  for (const bits of [8, 16] as const) {
    for (const channels of [1, 2, 3, 4] as const) {
      const of = (): Sharp => randomPicture(channels, bits);
      const name = `in/${bits}-${channels}`;
      await of()
        .png()
        .toFile(at(`${name}-png.png`));
      await of()
        .withIccProfile("p3")
        .png()
        .toFile(at(`${name}-p3.png`));
      await of()
        .tiff({ compression: "lzw" })
        .toFile(at(`${name}-tiff.tif`));
      if (bits === 16) continue;
      await of()
        .webp({ lossless: true, exact: true })
        .toFile(at(`${name}-webp.webp`));
      if (channels >= 3)
        await of()
          .png({ palette: true, colours: 16 })
          .toFile(at(`${name}-palette.png`));
    }
  }
  await leader("denoise", "in", "--noise", "0", "--quality", "draft", "-o", "out/{name}.{ext}");
  const names = (await readdir(at("in"))).sort();
  expect(names.length).toBeGreaterThan(25);
  for (const name of names) {
    const [before, after] = [await contentOf(at(`in/${name}`)), await contentOf(at(`out/${name}`))];
    expect(after, name).toEqual({ ...before, icc: name.includes("-p3") && before.channels >= 3 ? before.icc : after.icc });
  }
}, 120_000);

it("leaves no trace of hidden colours in visible ones, in any command", async () => {
  const colour = [200, 120, 40];
  const square = async (name: string, hidden: readonly number[], outside: number): Promise<void> => {
    const data = new Uint8Array(4 * 24 * 24);
    for (let i = 0; i < 24 * 24; i++) {
      const inside = Math.abs((i % 24) - 11.5) < 6 && Math.abs(Math.floor(i / 24) - 11.5) < 6;
      data.set([...(inside ? colour : hidden), inside ? 255 : outside], 4 * i);
    }
    await sharp(data, { raw: { width: 24, height: 24, channels: 4 } })
      .png()
      .toFile(at(name));
  };
  const mask = Uint8Array.from({ length: 24 * 24 }, (_, i) => (Math.abs((i % 24) - 11) < 2 ? 0 : 255));
  await sharp(mask, { raw: { width: 24, height: 24, channels: 1 } })
    .png()
    .toFile(at("mask.png"));
  await mkdir(at("squares"));
  // Of 4 of 255 nobody sees the colour either.
  for (const opacity of [0, 4]) {
    await square(`squares/own-${opacity}.png`, colour, opacity);
    await square(`squares/black-${opacity}.png`, [0, 0, 0], opacity);
  }
  const visible = async (path: string): Promise<readonly (readonly number[])[]> => {
    const data = await sharp(path).ensureAlpha().raw().toBuffer();
    return Array.from({ length: data.length / 4 }, (_, i) => [...data.subarray(4 * i, 4 * i + 4)]).filter((pixel) => pixel[3]! > 5);
  };
  const commands = [
    ["upscale", "-x", "2"],
    ["denoise", "--noise", "0.1"],
    ["deblur", "--gaussian", "1.2"],
    ["inpaint", "--mask", "mask.png"],
    ["colorize"],
    ["restore", "-p", "p.yaml"],
    ["degrade", "-p", "p.yaml", "--format", "png"],
  ] as const;
  for (const [command, ...options] of commands) {
    const quality = command === "restore" || command === "degrade" ? [] : ["--quality", "draft"];
    await leader(command, "squares", ...options, ...quality, "-o", `seen-${command}`);
    const made = (await readdir(at(`seen-${command}`))).filter((name) => name.endsWith(".png"));
    expect(made).toHaveLength(4);
    for (const opacity of [0, 4]) {
      const [black, own] = ["black", "own"].map((name) => made.find((file) => file.startsWith(`${name}-${opacity}.`))!);
      expect(await visible(at(`seen-${command}/${black}`)), `${command}, opacity ${opacity}`).toEqual(
        await visible(at(`seen-${command}/${own}`)),
      );
    }
  }
}, 120_000);

it("keeps the colours that were restored from grey, also where the printed pipeline is restored with", async () => {
  const printed = await leader("colorize", "grey.png", "--quality", "draft", "--print-pipeline");
  await writeFile(at("colorize.yaml"), printed.stdout);
  await leader("colorize", "grey.png", "--quality", "draft", "-o", "coloured.png");
  await leader("restore", "grey.png", "-p", "colorize.yaml", "-o", "restored.png");
  const [coloured, restored] = [await contentOf(at("coloured.png")), await contentOf(at("restored.png"))];
  expect(coloured.channels).toBe(3);
  expect(restored).toEqual(coloured);
}, 60_000);

it("measures a transparent picture as it is seen, keeps its profile, and says what is left out and passed over", async () => {
  await mkdir(at("clean/sub"), { recursive: true });
  await randomPicture(4, 16).withIccProfile("p3").png().toFile(at("clean/a.png"));
  await randomPicture(1, 8).png().toFile(at("clean/sub/b.png"));
  await writeFile(at("clean/broken.png"), "no picture");
  await writeFile(at("clean/notes.txt"), "");
  const degrade = async (...args: readonly string[]) =>
    await runCli(["degrade", "clean", "-p", "p.yaml", "--format", "png", ...args], { cwd: folder });
  const flat = await degrade("-o", "flat");
  expect(flat.code).toBe(1);
  expect(flat.stderr).toContain("passed over: 1 .txt, 1 subfolder(s)");
  expect(flat.stderr).toContain("LEADER_PICTURE_UNREADABLE");
  expect(flat.stdout).toContain("transparency is left out");
  expect(flat.stdout).toContain("1 measured, 1 failed");
  const { icc } = await sharp(at("clean/a.png")).metadata();
  expect((await sharp(at("flat/a.measured.png")).metadata()).icc).toEqual(icc);
  expect((await degrade("-o", "deep", "--recursive")).stdout).toContain(join("deep", "sub", "b.measured.png"));
  const array = await leader("restore", "clean/a.png", "-p", "p.yaml", "-o", "a.npy");
  expect(array.stdout).toContain("transparency is left out");
}, 60_000);

it("restores what it measured of a grey picture, as an array too, in one channel", async () => {
  await leader("degrade", "grey.png", "-p", "p.yaml", "-o", "grey.measured.npy");
  const { stdout } = await leader("restore", "grey.measured.npy", "-p", "p.yaml", "-o", "from-array.png", "--reference", "grey.png");
  expect(stdout).toMatch(/ dB/u);
  expect((await contentOf(at("from-array.png"))).channels).toBe(1);
  await leader("restore", "grey.measured.npy", "-p", "p.yaml", "-o", "from-array.npy");
  expect((await readFile(at("from-array.npy"))).toString("latin1", 0, 128)).toContain("(1, 1, 20, 24)");
}, 60_000);

it("tells figures of what it writes: several samples of a grey picture are grey, and so are their mean and deviation", async () => {
  await leader("restore", "grey.png", "-p", "p.yaml", "--samples", "2", "-o", "several.npy");
  const read = async (name: string) => decodeNpy(await readFile(at(name)), name);
  const [first, second] = [await read("several.npy"), await read("several.sample-2.npy")];
  const [mean, deviation] = [await read("several.mean.npy"), await read("several.deviation.npy")];
  for (const { shape } of [first, second, mean, deviation]) expect(shape).toEqual([1, 1, height, width]);
  const apart = (of: (a: number, b: number) => number, told: { readonly data: ArrayLike<number> }): number =>
    Math.max(...Array.from(first.data, (a, i) => Math.abs(of(a, second.data[i]!) - told.data[i]!)));
  expect(apart((a, b) => (a + b) / 2, mean)).toBeLessThan(1e-6);
  expect(apart((a, b) => Math.abs(a - b) / Math.SQRT2, deviation)).toBeLessThan(1e-6);
}, 60_000);

it("says where the channels of an array belong, if they come last", async () => {
  await writeFile(at("last.npy"), encodeNpy({ shape: [height, width, 3], dtype: "float32", data: new Float32Array(3 * width * height) }));
  const { code, stderr } = await runCli(["restore", "last.npy", "-p", "p.yaml", "-o", "last.png"], { cwd: folder });
  expect(code).toBe(42);
  expect(stderr).toContain("numpy.moveaxis(y, -1, 0)");
});
