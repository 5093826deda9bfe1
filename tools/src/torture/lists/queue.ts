import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { noRedis, RedisServer } from "@leader/queue/testing";
import fc from "fast-check";
import { requireCoded, RunningCli } from "../cli/run-cli.js";
import { benchFolder, requireSameTables, sharedBench, unitsOf } from "../cli/shared-bench.js";
import type { WorkFolder } from "../cli/work-folder.js";
import type { TortureList } from "../torture-list.js";

const run = promisify(execFile);

/** How much is done, and how much of it is disturbed. */
interface Plan {
  readonly pictures: number;
  readonly parts: number;
  readonly workers: number;
  readonly kills: number;
  readonly restarts: number;
}

const small: Plan = { pictures: 3, parts: 3, workers: 2, kills: 1, restarts: 1 };
const large: Plan = { pictures: 100, parts: 25, workers: 3, kills: 20, restarts: 3 };

/** What disturbs the work, one after another. */
type Trouble = "kill" | "restart" | "full disk";

/** A bench by the workers of a queue, while workers are killed, Redis is killed, and the disk is full for a while. */
export const queue: TortureList<Plan> = {
  name: "queue",
  promise: "a bench on a queue ends with the tables of a single process, each unit counted once and at most a tenth of the work done twice",
  cases: { quick: 1, full: 2 },
  examples: [small, large],
  generator: fc.constantFrom(small),
  check: async (plan) => (noRedis === undefined ? await disturbed(plan) : [`skipped: ${noRedis}`]),
};

async function disturbed(plan: Plan): Promise<readonly string[]> {
  const folder = await benchFolder(plan.pictures);
  const disk = await SmallDisk.mount(folder.at("out"));
  await using redis = await RedisServer.start();
  const crew = new Crew(folder, redis, plan.workers);
  try {
    crew.fill();
    const options = ["--engine", "redis", "--queue", redis.address, "--tasks", String(plan.parts)];
    const bench = new RunningCli([...sharedBench, "-o", "out", ...options], { cwd: folder.path });
    const became = await trouble(shuffled(troublesOf(plan, disk)), { crew, redis, disk, bench });
    requireCoded(await bench.end(plan.kills * 60_000 + 300_000), [0]);
    await requireSameTables(folder);
    const units = unitsOf(plan.pictures);
    const lost = crew.finished - units + became.filter((what) => what === "kill").length;
    if (lost > units / 10 && units >= 100) throw new Error(`${lost} of ${units} units were computed for nothing`);
    return [...became, `${units} units`, `at most ${lost} computed for nothing`];
  } finally {
    await crew.dismiss();
    await disk?.unmount();
    await folder.remove();
  }
}

interface Scene {
  readonly crew: Crew;
  readonly redis: RedisServer;
  readonly disk: SmallDisk | undefined;
  readonly bench: RunningCli;
}

/** One trouble after another, each when the work has gone on a little. */
async function trouble(troubles: readonly Trouble[], { crew, redis, disk, bench }: Scene): Promise<Trouble[]> {
  const became: Trouble[] = [];
  for (const what of troubles) {
    await crew.progress();
    if (bench.over) break;
    if (what === "kill") await crew.killOne();
    else if (what === "restart") await redis.restart();
    else await disk!.full(3000);
    became.push(what);
  }
  return became;
}

const troublesOf = ({ kills, restarts }: Plan, disk: SmallDisk | undefined): readonly Trouble[] => [
  ...Array<Trouble>(kills).fill("kill"),
  ...Array<Trouble>(restarts).fill("restart"),
  ...(disk === undefined ? [] : ["full disk" as const]),
];

function shuffled<T>(list: readonly T[]): readonly T[] {
  return fc.sample(fc.shuffledSubarray([...list], { minLength: list.length }), { seed: list.length, numRuns: 1 })[0]!;
}

/** The workers, which are replaced as they die. */
class Crew {
  readonly #folder: WorkFolder;
  readonly #redis: RedisServer;
  readonly #size: number;
  #workers: RunningCli[] = [];
  readonly #gone: string[] = [];

  constructor(folder: WorkFolder, redis: RedisServer, size: number) {
    this.#folder = folder;
    this.#redis = redis;
    this.#size = size;
  }

  fill(): void {
    const args = ["worker", "--queue", this.#redis.address, "--lock-seconds", "2"];
    while (this.#workers.length < this.#size) this.#workers.push(new RunningCli(args, { cwd: this.#folder.path }));
  }

  /** Units that any worker has reported, those that were done twice counted twice. */
  get finished(): number {
    const texts = [...this.#gone, ...this.#workers.map((worker) => worker.stderr)];
    return texts.reduce((sum, text) => sum + (text.match(/ evaluations, /gu) ?? []).length, 0);
  }

  /** Waits until one more unit is finished, or nothing happens for a while. */
  async progress(): Promise<void> {
    const before = this.finished;
    for (let waited = 0; waited < 20_000 && this.finished === before; waited += 50) await sleep(50);
  }

  /** The worker that was begun first, with SIGKILL; nothing of it may be left. */
  async killOne(): Promise<void> {
    const worker = this.#workers.shift()!;
    worker.signal("SIGKILL", false);
    await worker.ended;
    this.#gone.push(worker.stderr);
    await worker.requireGone();
    this.fill();
  }

  /** Each finishes what it has and leaves. */
  async dismiss(): Promise<void> {
    for (const worker of this.#workers) worker.signal("SIGTERM", false);
    for (const worker of this.#workers) requireCoded(await worker.end(), [0]);
    this.#workers = [];
  }
}

/** A disk of its own that can be filled. Needs the right to mount one. */
class SmallDisk {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  static async mount(path: string): Promise<SmallDisk | undefined> {
    await mkdir(path, { recursive: true });
    const mounted = await run("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", path]).then(
      () => true,
      () => false,
    );
    return mounted ? new SmallDisk(path) : undefined;
  }

  /** Nothing can be written to it for so long. */
  async full(ms: number): Promise<void> {
    const ballast = `${this.#path}/ballast`;
    // It takes what there is, and fails at the end.
    await writeFile(ballast, new Uint8Array(17 * 2 ** 20)).catch(() => undefined);
    await sleep(ms);
    await rm(ballast);
  }

  async unmount(): Promise<void> {
    await run("umount", ["--lazy", this.#path]);
  }
}
