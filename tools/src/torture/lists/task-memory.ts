import { writeFile } from "node:fs/promises";
import fc from "fast-check";
import sharp from "sharp";
import { encodeNpy } from "leader-restore";
import { requireCoded, runCli } from "../cli/run-cli.js";
import { WorkFolder } from "../cli/work-folder.js";
import { fileExists, judgeMemory, writeLargePicture } from "../memory-cases.js";
import type { TortureList } from "../torture-list.js";

interface Case {
  readonly task: keyof typeof tasks;
  readonly width: number;
  readonly height: number;
  readonly limitMiB: number;
}

/** The commands for photographs, with the files that they need beside the picture. */
const tasks = {
  denoise: ["denoise"],
  "upscale-2": ["upscale", "-x", "2"],
  "upscale-4": ["upscale", "-x", "4"],
  "deblur-gaussian": ["deblur", "--gaussian", "1.6"],
  "deblur-kernel": ["deblur", "--kernel", "kernel.npy"],
  inpaint: ["inpaint", "--mask", "mask.png"],
  colorize: ["colorize"],
} as const satisfies Readonly<Record<string, readonly string[]>>;
const names = ["denoise", "upscale-2", "upscale-4", "deblur-gaussian", "deblur-kernel", "inpaint", "colorize"] as const;

const square = (task: Case["task"], side: number, limitMiB = 1024): Case => ({ task, width: side, height: side, limitMiB });
const sides = [512, 1024, 2048, 4096, 8192] as const;
/** Photographs of 12 and 48 megapixels. */
const photographs: readonly Case[] = [
  { task: "denoise", width: 4000, height: 3000, limitMiB: 1430 },
  { task: "upscale-2", width: 4000, height: 3000, limitMiB: 1430 },
  { task: "denoise", width: 8000, height: 6000, limitMiB: 1907 },
];
const quick: readonly Case[] = [square("denoise", 256), square("upscale-4", 8192), square("colorize", 1024)];
const examples: readonly Case[] = [...quick, ...names.flatMap((task) => sides.map((side) => square(task, side))), ...photographs];

/**
 * From the second step on, results of earlier ones wait to be collected; more steps take hardly more memory. Nor do they for pictures in many
 * parts, where results of earlier parts wait.
 */
const stepsFor = ({ task, width, height }: Case): string => {
  const factor = task === "upscale-2" ? 2 : task === "upscale-4" ? 4 : 1;
  // LEADer chooses its steps, at most so many.
  const option = task === "denoise" || task === "colorize" ? "steps" : "most";
  return `scheduler.with.${option}=${width * height * factor ** 2 > 2 ** 22 ? 1 : 3}`;
};
const longestMs = 3_600_000;

/** What the tasks need beside the picture: a slanted streak, and holes in a grid. */
async function writeFiles(folder: WorkFolder, { task, width, height }: Case): Promise<void> {
  await writeLargePicture(folder.at("in.png"), { width, height, channels: task === "colorize" ? 1 : 3 });
  if (task === "deblur-kernel") {
    const data = Float32Array.from({ length: 169 }, (_, i) => Math.max(0, 1 - Math.abs(Math.floor(i / 13) - 6 - ((i % 13) - 6) / 2)));
    await writeFile(folder.at("kernel.npy"), encodeNpy({ shape: [13, 13], dtype: "float32", data }));
  }
  if (task === "inpaint") {
    const raw = new Uint8Array(width * height);
    for (let i = 0; i < raw.length; i++) raw[i] = i % 64 < 12 && Math.floor(i / width) % 64 < 12 ? 0 : 255;
    await sharp(raw, { raw: { width, height, channels: 1 } })
      .png({ compressionLevel: 1 })
      .toFile(folder.at("mask.png"));
  }
}

/** The pipeline of a command, in fewer steps, as `leader restore` runs it: within the limit, or refused. */
async function tried(folder: WorkFolder, one: Case): Promise<string> {
  const [command, ...options] = tasks[one.task];
  const printed = await runCli([command, "in.png", ...options, "--print-pipeline"], { cwd: folder.path });
  requireCoded(printed, [0]);
  await writeFile(folder.at("p.yaml"), printed.stdout);
  const limit = ["--max-memory", String(one.limitMiB)];
  const args = ["restore", "-p", "p.yaml", "in.png", "-o", "out.png", "--set", stepsFor(one), ...limit, "--json"];
  const end = await runCli(args, { cwd: folder.path, limitMs: longestMs });
  if ((await fileExists(folder.at("out.png"))) !== (end.code === 0)) throw new Error("the result is not where it should be");
  return judgeMemory(`${one.task} ${one.width} x ${one.height}`, one.limitMiB, end);
}

/** The commands for photographs at every size under 1 GiB, and photographs of 12 and 48 megapixels under 1.5 and 2 GB. */
export function taskMemory(): TortureList<Case> {
  return {
    name: "task-memory",
    promise: "every task for photographs stays within the limit of memory (+10 %), or is refused with an estimate before it begins",
    cases: { quick: quick.length, full: examples.length },
    examples,
    generator: fc.constantFrom(...examples),
    async check(value) {
      const folder = await WorkFolder.make({ pictures: 0 });
      try {
        await writeFiles(folder, value);
        return await tried(folder, value);
      } finally {
        await folder.remove();
      }
    },
  };
}
