import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HostTensor } from "@leader/graph";
import { createRestorer, readPicture, writePicture } from "leader-restore";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli, type CliResult } from "./run-cli.js";

/** Transparency that is restored as the colours are. */

let folder = "";
const at = (name: string): string => join(folder, name);
const leader = (...args: readonly string[]): Promise<CliResult> => runCli(args, { cwd: folder });

/** The share of each pixel of a picture of `side` pixels that lies in a disc. */
function disc(side: number): HostTensor {
  const data = Float32Array.from({ length: side * side }, (_, at) => {
    let inside = 0;
    for (let k = 0; k < 64; k++) {
      const [x, y] = [((at % side) + (k % 8) / 8 + 1 / 16) / side, (Math.floor(at / side) + Math.floor(k / 8) / 8 + 1 / 16) / side];
      if (Math.hypot(x - 0.47, y - 0.52) < 0.31) inside++;
    }
    return inside / 64;
  });
  return { shape: [1, 1, side, side], dtype: "float32", data };
}

const rms = (a: HostTensor, b: HostTensor): number =>
  Math.sqrt([...a.data].reduce((sum, value, i) => sum + (value - b.data[i]!) ** 2, 0) / a.data.length);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "leader-alpha-"));
  const colours = Float32Array.from({ length: 3 * 24 * 24 }, (_, i) => 0.6 * Math.sin(i / 17) - 0.1);
  await writePicture(at("cut.png"), { shape: [1, 3, 24, 24], dtype: "float32", data: colours }, { alpha: disc(24) });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("--restore-alpha", () => {
  it("is nearer to the truth than transparency that is resized, costs a second run, and is made again from its record", async () => {
    const upscale = ["upscale", "cut.png", "-x", "4", "--quality", "draft"];
    const evaluations = async (...more: readonly string[]): Promise<number> =>
      Number(/: (\d+) evaluations/u.exec((await leader(...upscale, ...more)).stdout)?.[1]);
    const once = await evaluations("-o", "carried.png");
    // How many steps a picture takes is decided by what is seen of it.
    expect(await evaluations("--restore-alpha", "-o", "restored.png")).toBeGreaterThan(1.5 * once);
    const [carried, made] = [await readPicture(at("carried.png")), await readPicture(at("restored.png"))];
    expect(made.tensor.shape).toEqual([1, 3, 96, 96]);
    expect(made.tensor.data).toEqual(carried.tensor.data);
    expect(rms(made.alpha!, disc(96))).toBeLessThan(0.8 * rms(carried.alpha!, disc(96)));
    expect(await leader("reproduce", "restored.png")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("bit-identical") as string,
    });
  }, 120_000);

  it("gives all samples the same transparency, and in code the same bytes", async () => {
    const result = await leader("upscale", "cut.png", "-x", "2", "--quality", "draft", "--restore-alpha", "--samples", "2", "-o", "s.png");
    expect(result, result.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining("30 evaluations") as string });
    const [first, second, mean] = await Promise.all(["s.png", "s.sample-2.png", "s.mean.png"].map((name) => readPicture(at(name))));
    expect(second!.alpha).toEqual(first!.alpha);
    expect(mean!.alpha).toEqual(first!.alpha);
    expect(second!.tensor).not.toEqual(first!.tensor);
    await using restorer = await createRestorer({ task: "upscale", factor: 2, quality: "draft", samples: 2 }, { isolate: false });
    const inCode = await restorer.restore(at("cut.png"), { restoreAlpha: true });
    // Their records too: the network that comes along has one name everywhere.
    expect((await inCode.toBuffer()).equals(await readFile(at("s.png")))).toBe(true);
  }, 120_000);

  it("leaves alone what is opaque, and what is a hole", async () => {
    const filled = await leader("inpaint", "cut.png", "--quality", "draft", "--restore-alpha", "-o", "filled.png");
    expect(filled).toMatchObject({ code: 0, stdout: expect.stringContaining("10 evaluations") as string });
    expect((await readPicture(at("filled.png"))).alpha).toBeUndefined();
  }, 60_000);
});
