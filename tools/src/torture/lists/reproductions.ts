import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import sharp from "sharp";
import { requireCoded, runCli } from "../cli/run-cli.js";
import type { TortureList } from "../torture-list.js";

const presets = fileURLToPath(new URL("../../../../presets/", import.meta.url));

/** A command that makes a result from a picture, and what it is of. */
interface Making {
  readonly of: string;
  /** Makes the input from the picture first, with the same pipeline. */
  readonly degrade?: readonly string[];
  /** Of the picture. */
  readonly side?: number;
  /** Written as p.yaml. */
  readonly pipeline?: string;
  readonly restore: readonly string[];
  readonly format: string;
}

const leader = ["--set", "modulator={ use: leader#ucpm }", "--set", "scheduler={ use: leader#satp, with: { steps: 3, most: 3 } }"];

/** A preset in three steps, with LEADer on top or without. */
function preset(method: string, task: string, format: string, withLeader = false): Making {
  const pipeline = ["-p", `${presets}${method}/${task}.yaml`];
  const steps = withLeader ? leader : ["--set", "scheduler.with.steps=3"];
  return {
    of: `${method} on ${task}${withLeader ? " with LEADer" : ""}, ${format}`,
    degrade: pipeline,
    restore: ["restore", "y.npy", ...pipeline, ...steps],
    format,
  };
}

const task = (name: string, format: string, ...options: readonly string[]): Making => ({
  of: `${name} ${options.join(" ")}, ${format}`,
  restore: [name, "photo.png", "--quality", "draft", ...options],
  format,
});

/** A picture that is large enough for four parts, in two steps; tasks take ten. */
function inParts(use: string, options: object, format: string, side = 208): Making {
  const pipeline = JSON.stringify({
    apiVersion: "leader/v1",
    operator: { use, with: options },
    baseline: { use: "@leader/baseline-ddnm#ddnm" },
    scheduler: { use: "leader#uniform", with: { steps: 2 } },
  });
  return { of: `${use} in parts, ${format}`, pipeline, side, restore: ["restore", "photo.png", "-p", "p.yaml", "--parts", "192"], format };
}

const makings: readonly Making[] = [
  preset("ddnm", "gaussian-deblur", "png", true),
  inParts("@leader/operators#denoising", {}, "jpg"),
  preset("ddnm", "bicubic-x4-noisy", "png"),
  preset("ddrm", "gaussian-deblur", "webp"),
  preset("ddrm", "inpainting", "png", true),
  preset("dps", "inpainting", "npy"),
  preset("diffpir", "motion-deblur", "tiff"),
  preset("ddpg", "bicubic-x4", "png", true),
  preset("idpg", "compressed-sensing", "avif"),
  preset("pigdm", "bicubic-x4", "jpg"),
  preset("pirp", "colorization", "png"),
  preset("projdiff", "colorization", "webp", true),
  preset("red-diff", "compressed-sensing", "npy"),
  preset("sitcom", "bicubic-x4-noisy", "png"),
  preset("daps", "motion-deblur", "png"),
  preset("cddb", "inpainting", "tiff"),
  preset("dpps", "gaussian-deblur", "png"),
  preset("spgd", "bicubic-x4", "avif"),
  preset("ddnm-equs", "compressed-sensing", "png", true),
  preset("repaint", "inpainting", "png"),
  task("upscale", "png", "-x", "2"),
  inParts("@leader/operators#super-resolution", { method: "average-pool", factor: 2 }, "webp", 104),
  task("denoise", "jpg", "--seed", "7"),
  task("inpaint", "png"),
  task("deblur", "tiff", "--gaussian", "1.2", "--file-quality", "80"),
  task("colorize", "jpg", "--record", "beside"),
];

/** The picture of a task is large enough for parts, and has holes of its own. */
async function drawPicture(path: string, side: number): Promise<void> {
  const raw = Uint8Array.from({ length: 4 * side * side }, (_, i) => {
    const [x, y] = [Math.floor(i / 4) % side, Math.floor(i / 4 / side)];
    if (i % 4 === 3) return x > side / 3 && x < side / 2 && y > side / 3 && y < side / 2 ? 0 : 255;
    return 128 + 90 * Math.sin(x / (5 + (i % 4)) + y / 11);
  });
  await sharp(raw, { raw: { width: side, height: side, channels: 4 } })
    .png()
    .toFile(path);
}

/** Results of every kind, each made again from nothing but what its file carries. */
export function reproductions(): TortureList<number> {
  return {
    name: "reproductions",
    promise: "a result is made again from its record alone, bit by bit, whatever method, operator, format or task made it",
    cases: { quick: 2, full: makings.length },
    examples: [...makings.keys()],
    generator: fc.nat(makings.length - 1),
    async check(index) {
      const { of, degrade, pipeline, side = 32, restore, format } = makings[index]!;
      const cwd = await mkdtemp(join(tmpdir(), "leader-reproductions-"));
      try {
        await drawPicture(join(cwd, "photo.png"), side);
        if (pipeline !== undefined) await writeFile(join(cwd, "p.yaml"), pipeline);
        if (degrade !== undefined) {
          await drawPicture(join(cwd, "clean.png"), 32);
          await sharp(join(cwd, "clean.png")).removeAlpha().toFile(join(cwd, "opaque.png"));
          requireCoded(await runCli(["degrade", "opaque.png", ...degrade, "-o", "y.npy"], { cwd }), [0]);
        }
        await mkdir(join(cwd, "out"));
        const result = `out/result.${format}`;
        requireCoded(await runCli([...restore, "-o", result], { cwd }), [0]);
        const before = await readFile(join(cwd, result));
        // From another folder and another file: what is needed is found by its content.
        const end = await runCli(["reproduce", result, "--json"], { cwd });
        requireCoded(end, [0]);
        const lines = end.stdout.trim().split("\n");
        const told = JSON.parse(lines.at(-1)!) as { readonly identical: boolean; readonly differences: readonly unknown[] };
        if (!told.identical || told.differences.length > 0) throw new Error(`${of}: ${end.stdout}`);
        if (!before.equals(await readFile(join(cwd, result)))) throw new Error(`${of}: the result was touched`);
        return [
          `identical ${format}`,
          pipeline !== undefined
            ? "in parts"
            : degrade === undefined
              ? "task"
              : restore.includes(leader[1]!)
                ? "method with LEADer"
                : "method",
        ];
      } finally {
        await rm(cwd, { recursive: true, force: true });
      }
    },
  };
}
