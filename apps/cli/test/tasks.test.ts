import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { normals, type HostTensor } from "@leader/graph";
import { decodePicture, encodeNpy, readPicture, writePicture } from "leader-restore";
import sharp from "sharp";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { restore } from "../src/commands/restore.js";
import { runTask, type TaskCommandOptions } from "../src/commands/task.js";
import { runCli } from "./run-cli.js";

/** Pictures through the commands, in this process: what they are keyed by, what they chain to, what they are told. */

let root = "";
let folder = "";
let number = 0;
const lines: string[] = [];

const pipeline = `apiVersion: leader/v1
noise: 0.02
operator: { use: "@leader/operators#super-resolution", with: { method: average-pool, factor: 2 } }
denoiser: { use: "leader#gaussian" }
baseline: { use: "@leader/baseline-ddnm#ddnm-plus" }
scheduler: { use: "leader#uniform", with: { steps: 3 } }
backend: { use: "leader#reference" }
`;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "leader-tasks-"));
  const keep = (text: string | Uint8Array): boolean => lines.push(String(text)) > 0;
  vi.spyOn(process.stdout, "write").mockImplementation(keep);
  vi.spyOn(process.stderr, "write").mockImplementation(keep);
});
afterAll(async () => {
  vi.restoreAllMocks();
  await rm(root, { recursive: true, force: true });
});
beforeEach(async () => {
  lines.length = 0;
  folder = join(root, String(number++));
  await mkdir(folder);
  await writeFile(at("p.yaml"), pipeline);
});

const at = (name: string): string => join(folder, name);
const picture = (channels: number, height: number, width: number, image = 0): HostTensor => ({
  shape: [1, channels, height, width],
  dtype: "float32",
  data: normals({ seed: 0, image, step: 0, name: "tasks" }, channels * height * width).map((z) => Math.tanh(z / 3)),
});

const common = { set: [], param: [], json: false, localPlugins: false, overwrite: false, imageIndex: false, output: "." };
const restored = async (inputs: readonly string[], options: Partial<Parameters<typeof restore>[1]>): Promise<number> =>
  restore(inputs, { ...common, pipeline: at("p.yaml"), inProcess: true, debugReference: false, strip: false, ...options });

describe("noise", () => {
  it("belongs to the content: alone, in any folder, in any order", async () => {
    await mkdir(at("in"));
    for (const name of ["a.png", "b.png", "c.png"]) await writePicture(at(`in/${name}`), picture(3, 8, 10, 1));
    await writePicture(at("in/aa.png"), picture(3, 8, 10, 2));
    await writePicture(at("alone.png"), picture(3, 8, 10, 1));
    expect(await restored([at("in")], { output: at("out") })).toBe(0);
    expect(await restored([at("alone.png")], { output: at("alone.restored.png") })).toBe(0);
    const alone = await readFile(at("alone.restored.png"));
    for (const name of ["a", "b", "c"]) expect((await readFile(at(`out/${name}.restored.png`))).equals(alone)).toBe(true);
    expect((await readFile(at("out/aa.restored.png"))).equals(alone)).toBe(false);
    expect(await restored([at("in/b.png"), at("in/a.png")], { output: at("index"), imageIndex: true })).toBe(0);
    expect((await readFile(at("index/a.restored.png"))).equals(await readFile(at("index/b.restored.png")))).toBe(false);
  });
});

describe("references", () => {
  it("chain: what degrade wrote finds the picture it was made of, a grey one too", async () => {
    await mkdir(at("refs"));
    await writePicture(at("refs/colour.png"), picture(3, 12, 16));
    await writePicture(at("refs/other.jpg"), picture(3, 12, 16, 4));
    expect((await runCli(["degrade", "refs", "-p", "p.yaml", "-o", "ms"], { cwd: folder })).code).toBe(0);
    expect((await readdir(at("ms"))).sort()).toEqual(["colour.measured.npy", "other.measured.npy"]);
    lines.length = 0;
    expect(await restored([at("ms")], { output: at("out"), reference: at("refs") })).toBe(0);
    expect(lines.filter((line) => / dB/u.test(line))).toHaveLength(2);
    await writePicture(at("grey.png"), picture(1, 12, 16));
    expect(await restored([at("ms/colour.measured.npy")], { output: at("x.png"), reference: at("grey.png") })).toBe(0);
  });

  it("of another size are refused before anything is computed", async () => {
    await writePicture(at("y.png"), picture(3, 6, 8));
    await writePicture(at("clean.png"), picture(3, 6, 8));
    expect(await restored([at("y.png")], { output: at("x.png"), reference: at("clean.png") })).not.toBe(0);
    expect(lines.join("")).toContain("LEADER_CLI_REFERENCE_SIZE");
    expect(await readdir(folder)).not.toContain("x.png");
  });
});

describe("arrays", () => {
  it("of other ranges are refused with a hint, and read with --range", async () => {
    await writePicture(at("y.png"), picture(3, 6, 8));
    const { tensor } = await readPicture(at("y.png"));
    const bytes = { ...tensor, data: Float32Array.from(tensor.data, (value) => Math.round((value + 1) * 127.5)) };
    await writeFile(at("y.npy"), encodeNpy(bytes));
    expect(await restored([at("y.npy")], { output: at("refused.png") })).not.toBe(0);
    expect(lines.join("")).toContain("--range 0..255");
    expect(await restored([at("y.npy")], { output: at("a.npy"), range: "0..255" })).toBe(0);
    expect(await restored([at("y.png")], { output: at("b.npy") })).toBe(0);
    const [a, b] = [await readFile(at("a.npy")), await readFile(at("b.npy"))];
    expect(
      Math.max(...new Float32Array(Uint8Array.from(a.subarray(128)).buffer).map((v, i) => Math.abs(v - b.readFloatLE(128 + 4 * i)))),
    ).toBeLessThan(1e-4);
  });

  it("that seem to lie in [0,1] are doubted", async () => {
    await writePicture(at("y.png"), picture(3, 6, 8));
    const { tensor } = await readPicture(at("y.png"));
    const save = (name: string, shape: readonly number[], value: (v: number) => number) =>
      writeFile(at(name), encodeNpy({ shape, dtype: "float32", data: Float32Array.from(tensor.data, value) }));
    await save("usual.npy", [3, 6, 8], (v) => v);
    await save("unit.npy", [3, 6, 8], (v) => (v + 1) / 2 - 0.05);
    expect(await restored([at("usual.npy")], { output: at("a.npy") })).toBe(0);
    expect(lines.join("")).not.toContain("LEADER_CLI_ARRAY_HARDLY_NEGATIVE");
    expect(await restored([at("unit.npy")], { output: at("b.npy") })).toBe(0);
    expect(lines.join("")).toMatch(/LEADER_CLI_ARRAY_HARDLY_NEGATIVE.*--range 0\.\.1/u);
    lines.length = 0;
    expect(await restored([at("unit.npy")], { output: at("c.npy"), range: "0..1" })).toBe(0);
    expect(lines.join("")).not.toContain("LEADER_CLI_ARRAY_HARDLY_NEGATIVE");
  });
});

describe("outputs", () => {
  it("follow patterns into folders that are made, and contradictions are refused", async () => {
    await writePicture(at("y.png"), picture(3, 6, 8));
    expect(await restored([at("y.png")], { output: at("deep/er/{name}-x2.{ext}") })).toBe(0);
    expect(await readdir(at("deep/er"))).toEqual(["y-x2.png"]);
    expect(await restored([at("y.png")], { output: at("an/other/z.png") })).toBe(0);
    expect(await readdir(at("an/other"))).toEqual(["z.png"]);
    await expect(restored([at("y.png")], { output: at("z.png"), format: "jpg" })).rejects.toThrow("name two formats");
  });
});

describe("tasks", () => {
  const task = async (name: TaskCommandOptions["task"], options: Partial<TaskCommandOptions>): Promise<number> =>
    runTask(["photo.png"], { ...common, task: name, quality: "draft", seed: "0", strip: false, printPipeline: true, ...options });
  const leader = async (...args: readonly string[]) => runCli([...args, "--quality", "draft"], { cwd: folder });

  it("print the pipeline that they run", async () => {
    expect(await task("deblur", { gaussian: "1.6" })).toBe(0);
    expect(lines.join("")).toMatch(/gaussian-blur[\s\S]*sigma: 1\.6[\s\S]*boundary: reflect/u);
    await expect(task("denoise", { noise: "25" })).rejects.toMatchObject({ hint: "25 of 255 is --noise 0.0980" });
    await expect(task("deblur", {})).rejects.toThrow("one of --kernel and --gaussian");
  });

  it.each([
    ["upscale", ["p.png", "-x", "2"]],
    ["denoise", ["p.png"]],
    ["inpaint", ["p.png", "--mask", "mask.png"]],
    ["inpaint", ["holes.png"]],
    ["deblur", ["p.png", "--gaussian", "1"]],
    ["deblur", ["p.png", "--kernel", "kernel.png"]],
    ["colorize", ["grey.png"]],
    ["colorize", ["p.png"]],
  ])(
    "%s %j: restore with the pipeline that it prints writes the same bytes",
    async (name, args) => {
      await writePicture(at("p.png"), picture(3, 40, 40));
      const grey = picture(1, 40, 40);
      await writePicture(at("grey.png"), {
        ...grey,
        shape: [1, 3, 40, 40],
        data: Float32Array.from({ length: 4800 }, (_, i) => grey.data[i % 1600]!),
      });
      const alpha = { ...grey, data: Float32Array.from({ length: 1600 }, (_, i) => (i % 40 < 5 ? 0 : 1)) };
      await writePicture(at("holes.png"), picture(3, 40, 40), { alpha });
      await writePicture(at("mask.png"), { ...grey, data: alpha.data.map((value) => 2 * value - 1) });
      await writePicture(at("kernel.png"), { ...grey, shape: [1, 1, 3, 3], data: new Float32Array(9).fill(1) });
      expect((await leader(name, ...args, "-o", "task.png")).code).toBe(0);
      await writeFile(at("task.yaml"), (await leader(name, ...args, "--print-pipeline")).stdout);
      const { code, stderr } = await runCli(["restore", args[0]!, "-p", "task.yaml", "-o", "file.png"], { cwd: folder });
      expect(code, stderr).toBe(0);
      expect((await readFile(at("file.png"))).equals(await readFile(at("task.png")))).toBe(true);
      const { tensor } = await readPicture(at("file.png"));
      const plane = tensor.shape[2]! * tensor.shape[3]!;
      expect(tensor.shape[1] === 3 && tensor.data.some((value, i) => value !== tensor.data[i % plane])).toBe(true);
    },
    60_000,
  );

  it("give a picture the same bytes alone, in any folder and in any order", async () => {
    for (const [name, image] of [
      ["a", 1],
      ["b", 2],
    ] as const)
      await writePicture(at(`${name}.png`), picture(3, 16, 24, image));
    await mkdir(at("in"));
    await copyFile(at("b.png"), at("in/0.png"));
    await copyFile(at("a.png"), at("in/1.png"));
    for (const how of [
      ["upscale", "-x", "2"],
      ["denoise", "--noise", "0.05"],
    ]) {
      expect((await leader(...how, "a.png", "-o", "alone.png", "--overwrite")).code).toBe(0);
      expect((await leader(...how, "a.png", "b.png", "-o", "named/{name}.{ext}", "--overwrite")).code).toBe(0);
      expect((await leader(...how, "in", "-o", "out/{name}.{ext}", "--overwrite")).code).toBe(0);
      const [alone, other] = [await readFile(at("alone.png")), await readFile(at("named/b.png"))];
      expect((await readFile(at("named/a.png"))).equals(alone)).toBe(true);
      expect((await readFile(at("out/1.png"))).equals(alone)).toBe(true);
      expect((await readFile(at("out/0.png"))).equals(other)).toBe(true);
      expect(other.equals(alone)).toBe(false);
    }
  }, 300_000);

  it("write into a folder that ends with a slash, also one with a dot in its name", async () => {
    await writePicture(at("a.png"), picture(3, 16, 24, 1));
    for (const output of ["plain/", "v1.2/", "plain"]) {
      const { code, stdout, stderr } = await leader("denoise", "a.png", "--noise", "0.05", "-o", output, "--overwrite");
      expect(code, stderr).toBe(0);
      expect(stderr).toContain("ddrm in 1 step (");
      expect(stdout).toContain(join(output, "a.denoised.png: "));
      expect(await readdir(at(output))).toEqual(["a.denoised.png"]);
    }
  }, 60_000);

  it("fill the transparent pixels of a picture, and leave nothing transparent", async () => {
    const alpha = {
      shape: [1, 1, 16, 16],
      dtype: "float32" as const,
      data: Float32Array.from({ length: 256 }, (_, i) => (i % 16 < 4 ? 0 : 1)),
    };
    await writePicture(at("holes.png"), { ...picture(3, 16, 16), data: new Float32Array(768).fill(0.2) }, { alpha });
    expect((await leader("inpaint", "holes.png", "-o", "filled.png")).stdout).toContain("25.0 % of the pixels filled");
    const { tensor, alpha: left } = await readPicture(at("filled.png"));
    expect(left).toBeUndefined();
    const source = await readPicture(at("holes.png"));
    const kept = [...tensor.data].filter((value, i) => i % 16 >= 4 && Math.abs(value - source.tensor.data[i]!) < 1 / 127);
    expect(kept).toHaveLength(576);
    await writePicture(at("opaque.png"), picture(3, 16, 16));
    expect((await leader("inpaint", "opaque.png", "-o", "none.png")).stderr).toContain("LEADER_PICTURE_OPAQUE");
  }, 180_000);

  it("keep grey, 16 bits, profile and EXIF, and colour a grey picture", async () => {
    const samples = Uint16Array.from({ length: 400 }, (_, i) => 20_000 + 50 * i);
    const file = await sharp(samples, { raw: { width: 20, height: 20, channels: 1 } })
      .toColourspace("grey16")
      .withExif({ IFD0: { Artist: "Someone" } })
      .png()
      .toBuffer();
    await writeFile(at("grey.png"), file);
    expect((await leader("denoise", "grey.png", "-o", "grey.out.png", "--noise", "0.02")).code).toBe(0);
    const metadata = await sharp(at("grey.out.png")).metadata();
    expect([metadata.channels, metadata.depth, metadata.exif?.includes("Someone")]).toEqual([1, "ushort", true]);
    expect((await leader("colorize", "grey.png", "-o", "coloured.png")).code).toBe(0);
    expect((await decodePicture(await readFile(at("coloured.png")), "coloured")).tensor.shape).toEqual([1, 3, 20, 20]);
  }, 180_000);
});
