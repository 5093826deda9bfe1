import { writeFile } from "node:fs/promises";
import fc from "fast-check";
import { runCli } from "../cli/run-cli.js";
import { WorkFolder } from "../cli/work-folder.js";
import { fileExists, judgeMemory, writeLargePicture } from "../memory-cases.js";
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

/** A picture of the largest side takes minutes, and more on a machine with other work. */
const longestMs = 3_600_000;

/** Denoising by the network that comes along. From the second step on, results of earlier ones wait to be collected; more steps take no more memory. */
const pipeline = `apiVersion: leader/v1
noise: 0.05
operator: { use: "@leader/operators#denoising" }
baseline: { use: "@leader/baseline-ddnm#ddnm-plus" }
scheduler: { use: "leader#uniform", with: { steps: 3 } }
`;

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
        await writeLargePicture(folder.at("in.png"), { width: value.side, height: value.side });
        const limit = String(value.limitMiB);
        const args = ["restore", "-p", "p.yaml", "in.png", "-o", "out.png", "--max-memory", limit, "--json"];
        const end = await runCli(args, { cwd: folder.path, limitMs: longestMs });
        const became = judgeMemory(String(value.side), value.limitMiB, end);
        if ((await fileExists(folder.at("out.png"))) !== (end.code === 0)) throw new Error("the result is not where it should be");
        return became;
      } finally {
        await folder.remove();
      }
    },
  };
}
