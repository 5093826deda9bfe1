import { WorkerPool } from "../pool/worker-pool.js";
import type { RestorerInput } from "./input.js";
import { Restoration } from "./restoration.js";
import type { Restored } from "./restored.js";
import {
  createRestorer,
  type InputSize,
  type RestorationOptions,
  type Restorer,
  type RestorerOptions,
  type RestorerSource,
} from "./restorer.js";

export interface PoolOptions extends RestorerOptions {
  /** Restorers that are started at once and kept. Default 0. */
  readonly minimum?: number;
  /** The most pictures that are restored side by side, each in a process of its own. Default 1: one network uses all cores already. */
  readonly maximum?: number;
  /** The most pictures that wait; one more is refused with `POOL_FULL`. Default 100. */
  readonly queue?: number;
  /** Pictures after which a process is replaced by a fresh one, against slow leaks of native code. Default: never. */
  readonly recycleAfter?: number;
}

/** Restorers behind one queue, for a server or a worker. */
export interface Pool extends AsyncDisposable {
  /** Waits for a free restorer. A picture that is cancelled while it waits leaves the queue at once. Errors: `POOL_FULL` (retryable), `POOL_CLOSED`. */
  restore(input: RestorerInput, options?: RestorationOptions): Restoration;
  /** Compiles for pictures of a size in every restorer that has been started. */
  warmUp(size: InputSize): Promise<void>;
  readonly running: number;
  readonly waiting: number;
  /** Lets what runs finish, refuses what waits, and ends the processes. */
  close(): Promise<void>;
}

/** Makes a pool. Errors: `POOL_OPTION`, and those of `createRestorer`, at once. */
export async function createPool(source: RestorerSource, options: PoolOptions = {}): Promise<Pool> {
  const { minimum = 0, maximum = Math.max(1, minimum), queue = 100, recycleAfter = Infinity, ...rest } = options;
  const workers = new WorkerPool<Promise<Restorer>>({
    minimum,
    maximum,
    queue,
    recycleAfter,
    make: () => createRestorer(source, rest),
    end: async (restorer) => (await restorer).close(),
  });
  // One restorer is made even where none is kept: a wrong pipeline is then an error of this call.
  workers.begin();
  await Promise.all(workers.free);
  return new RestorerPool(workers);
}

class RestorerPool implements Pool {
  readonly #workers: WorkerPool<Promise<Restorer>>;

  constructor(workers: WorkerPool<Promise<Restorer>>) {
    this.#workers = workers;
  }

  get running(): number {
    return this.#workers.running;
  }

  get waiting(): number {
    return this.#workers.waiting;
  }

  restore(input: RestorerInput, options: RestorationOptions = {}): Restoration {
    return new Restoration((tell): Promise<Restored> =>
      this.#workers.use(
        async (restorer) => {
          const restoration = (await restorer).restore(input, options);
          for await (const progress of restoration) tell(progress);
          return await restoration.result;
        },
        { signal: options.signal },
      ),
    );
  }

  async warmUp(size: InputSize): Promise<void> {
    await Promise.all(this.#workers.free.map(async (restorer) => (await restorer).warmUp(size)));
  }

  close(): Promise<void> {
    return this.#workers.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
