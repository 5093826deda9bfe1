import fc from "fast-check";
import { setTimeout as sleep } from "node:timers/promises";
import { requireCoded, RunningCli } from "../cli/run-cli.js";
import { benchFolder, requireSameTables, sharedBench, unitsOf } from "../cli/shared-bench.js";
import { SlurmNode } from "../cli/slurm-node.js";
import type { TortureList } from "../torture-list.js";

interface Plan {
  readonly pictures: number;
  readonly parts: number;
  /** Running parts that Slurm puts back, as it does when a node is taken away. */
  readonly requeues: number;
}

/** Milliseconds that the array may take: Slurm lets a part that was put back wait for two minutes. */
const longestMs = 400_000;

/** A bench as an array of a real Slurm. */
export const slurm: TortureList<Plan> = {
  name: "slurm",
  promise: "a bench by Slurm ends with the tables of a single process, also when running parts are put back",
  cases: { quick: 1, full: 2 },
  examples: [
    { pictures: 3, parts: 2, requeues: 0 },
    { pictures: 20, parts: 5, requeues: 2 },
  ],
  generator: fc.constant({ pictures: 3, parts: 2, requeues: 0 }),
  check: async (plan) => {
    const node = await SlurmNode.start();
    if (typeof node === "string") return `skipped: ${node}`;
    try {
      return await disturbed(plan, node);
    } finally {
      await node.stop();
    }
  },
};

async function disturbed({ pictures, parts, requeues }: Plan, node: SlurmNode): Promise<readonly string[]> {
  const folder = await benchFolder(pictures);
  try {
    const options = ["--engine", "slurm", "--tasks", String(parts), "--engine-option", "time=10"];
    const bench = new RunningCli([...sharedBench, "-o", "out", ...options], { cwd: folder.path, env: node.env });
    for (let i = 0; i < requeues; i++) await putBack(node, bench);
    requireCoded(await bench.end(longestMs), [0]);
    await requireSameTables(folder);
    return [`${requeues} parts put back`, `${unitsOf(pictures)} units`];
  } finally {
    await folder.remove();
  }
}

/** Puts back the first part that runs. Errors: none ran in time. */
async function putBack(node: SlurmNode, bench: RunningCli): Promise<void> {
  for (let waited = 0; waited < 60_000 && !bench.over; waited += 100) {
    const running = (await node.ask("squeue", "--noheader", "--array", "--states=R", "--format", "%A %i")).split("\n")[0]!;
    if (running !== "") {
      // By the number of the element itself: the array's number would put back all of it.
      await node.ask("scontrol", "requeue", running.split(" ")[0]!);
      return;
    }
    await sleep(100);
  }
  throw new Error("no part was running");
}
