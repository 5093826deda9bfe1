import { open, writeFile } from "node:fs/promises";
import fc from "fast-check";
import sharp from "sharp";
import { isRecord } from "@leader/graph/records";
import { requireCoded, runCli, type CliEnd } from "../cli/run-cli.js";
import { WorkFolder } from "../cli/work-folder.js";
import type { TortureList } from "../torture-list.js";

interface Case {
  readonly limitMiB: number;
  readonly side: number;
}

const limits = [512, 1024, 2048, 4096] as const;
const sides = [256, 512, 1024, 2048, 4096, 8192] as const;
const all: readonly Case[] = sides.flatMap((side) => limits.map((limitMiB) => ({ limitMiB, side })));
/** One that must do, and one that must be refused: the picture alone is larger than the limit. */
const quick: readonly Case[] = [
  { limitMiB: 1024, side: 256 },
  { limitMiB: 512, side: 8192 },
];

/** The limit is looked at every 20 ms, and a process may take some memory in between. */
const overLimit = 1.1;
const mostError = 0.2;
/** A picture of the largest side takes minutes, and more on a machine with other work. */
const longestMs = 3_600_000;

/** Denoising by the network that comes along. From the second step on, results of earlier ones wait to be collected; more steps take no more memory. */
const pipeline = `apiVersion: leader/v1
noise: 0.05
operator: { use: "@leader/operators#denoising" }
baseline: { use: "@leader/baseline-ddnm#ddnm-plus" }
scheduler: { use: "leader#uniform", with: { steps: 3 } }
`;

/** A picture with structure at every scale, drawn line by line. */
async function writePicture(path: string, side: number): Promise<void> {
  const raw = new Uint8Array(3 * side * side);
  for (let i = 0; i < raw.length; i++) raw[i] = 96 + ((i * 37) % 61) + 64 * Math.sin(i / 4096);
  await sharp(raw, { raw: { width: side, height: side, channels: 3 } })
    .png({ compressionLevel: 1 })
    .toFile(path);
}

interface Told {
  readonly peakMemoryMiB: number;
  readonly expectedMemoryMiB: number;
}

/** What the command says of the result. Errors: it says nothing. */
function resultOf({ stdout }: CliEnd): Told {
  for (const line of stdout.split("\n").filter((text) => text !== "")) {
    const record: unknown = JSON.parse(line);
    if (!isRecord(record) || record["type"] !== "result") continue;
    return { peakMemoryMiB: Number(record["peakMemoryMiB"]), expectedMemoryMiB: Number(record["expectedMemoryMiB"]) };
  }
  throw new Error("no result was told");
}

/** Whether the result is there, as a file that can be read. */
async function exists(path: string): Promise<boolean> {
  const file = await open(path).catch(() => undefined);
  await file?.close();
  return file !== undefined;
}

function judge({ limitMiB, side }: Case, end: CliEnd): string {
  requireCoded(end, [0, 42, 75]);
  if (end.code !== 0) {
    const needed = /LEADER_MEMORY_TOO_SMALL.*needs about (\d+) MiB/u.exec(`${end.stderr}${end.stdout}`)?.[1];
    if (needed === undefined) throw new Error(`${side} under ${limitMiB} MiB was let begin, and ended: ${end.stdout.slice(-500)}`);
    return `refused: ${side} under ${limitMiB}, about ${needed} MiB needed`;
  }
  const { peakMemoryMiB: peak, expectedMemoryMiB: expected } = resultOf(end);
  const told = `${side} under ${limitMiB}: ${Math.round(peak)} MiB, ${expected} expected`;
  if (!(peak <= overLimit * limitMiB)) throw new Error(`beyond the limit: ${told}`);
  if (!(Math.abs(expected - peak) <= mostError * peak)) throw new Error(`the estimate is off by more than 20 %: ${told}`);
  return `restored: ${told}`;
}

/** Pictures of every size under every limit of memory. */
export function memory(): TortureList<Case> {
  const examples = [...quick, ...all.filter(({ limitMiB, side }) => !quick.some((q) => q.limitMiB === limitMiB && q.side === side))];
  return {
    name: "memory",
    promise:
      "a picture is restored within the limit of memory (+10 %), or refused before it is read, with an estimate; where it is restored, the estimate is right to 20 %",
    cases: { quick: quick.length, full: examples.length },
    examples,
    generator: fc.constantFrom(...all),
    async check(value) {
      const folder = await WorkFolder.make({ pictures: 0 });
      try {
        await writeFile(folder.at("p.yaml"), pipeline);
        await writePicture(folder.at("in.png"), value.side);
        const limit = String(value.limitMiB);
        const args = ["restore", "-p", "p.yaml", "in.png", "-o", "out.png", "--max-memory", limit, "--json"];
        const end = await runCli(args, { cwd: folder.path, limitMs: longestMs });
        const became = judge(value, end);
        if ((await exists(folder.at("out.png"))) !== (end.code === 0)) throw new Error("the result is not where it should be");
        return became;
      } finally {
        await folder.remove();
      }
    },
  };
}
