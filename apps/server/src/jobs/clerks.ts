import { WorkerPool } from "leader-restore";
import { Computing } from "../worker/computing.js";
import type { Equipment, Questions } from "../worker/protocol.js";
import type { Asked } from "./runner.js";

/** Ceilings of what is asked before a restoration is accepted. */
const limits = { memoryMiB: 1536, seconds: 15, stallSeconds: 15 } as const;
const sizes = { minimum: 1, maximum: 1, queue: 200, recycleAfter: 10_000 } as const;

/** Milliseconds in which something that was cancelled must stop by itself; its process is ended otherwise. */
export const graceMs = 150;

/** A process that checks requests and converts results, so that neither the one that answers nor those that restore have to. */
export class Clerks {
  readonly #pool: WorkerPool<Computing>;

  constructor(equipment: Equipment) {
    const make = (): Computing => new Computing({ equipment, limits, graceMs });
    this.#pool = new WorkerPool({ ...sizes, make, end: (computing) => computing.end() });
  }

  async start(): Promise<void> {
    await Promise.all(this.#pool.free.map((computing) => computing.start()));
  }

  async ask<K extends Asked>(method: K, argument: Questions[K][0]): Promise<Questions[K][1]> {
    return await this.#pool.use((clerk) => clerk.ask(method, argument));
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }
}
