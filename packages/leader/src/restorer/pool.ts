import { errors } from "../error-codes.js";
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

/** A restorer and what it has done. */
interface Member {
  readonly restorer: Promise<Restorer>;
  restored: number;
}

/** Makes a pool. Errors: those of `createRestorer`, at once. */
export async function createPool(source: RestorerSource, options: PoolOptions = {}): Promise<Pool> {
  const { minimum = 0, maximum = Math.max(1, minimum), queue = 100, recycleAfter = Infinity, ...rest } = options;
  for (const [name, value, least] of [
    ["minimum", minimum, 0],
    ["maximum", maximum, Math.max(1, minimum)],
    ["queue", queue, 0],
    ["recycleAfter", recycleAfter, 1],
  ] as const) {
    if (!(value >= least) || (!Number.isInteger(value) && value !== Infinity))
      throw errors.POOL_OPTION({ name, expected: `a whole number of at least ${least}`, received: String(value) });
  }
  const pool = new RestorerPool(() => createRestorer(source, rest), { minimum, maximum, queue, recycleAfter });
  await pool.start();
  return pool;
}

type Sizes = Required<Pick<PoolOptions, "minimum" | "maximum" | "queue" | "recycleAfter">>;

class RestorerPool implements Pool {
  readonly #make: () => Promise<Restorer>;
  readonly #sizes: Sizes;
  readonly #free: Member[] = [];
  readonly #busy = new Set<Member>();
  readonly #queue: { readonly give: (member: Member) => void; readonly refuse: (error: Error) => void }[] = [];
  readonly #ending = new Set<Promise<void>>();
  #closed = false;

  constructor(make: () => Promise<Restorer>, sizes: Sizes) {
    this.#make = make;
    this.#sizes = sizes;
  }

  get running(): number {
    return this.#busy.size;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /** One restorer is made even where none is kept: a wrong pipeline is then an error of `createPool`. */
  async start(): Promise<void> {
    for (let i = 0; i < Math.max(1, this.#sizes.minimum); i++) this.#free.push({ restorer: this.#make(), restored: 0 });
    await Promise.all(this.#free.map(({ restorer }) => restorer));
  }

  restore(input: RestorerInput, options: RestorationOptions = {}): Restoration {
    return new Restoration(async (tell): Promise<Restored> => {
      const member = await this.#take(options.signal);
      try {
        const restoration = (await member.restorer).restore(input, options);
        for await (const progress of restoration) tell(progress);
        return await restoration.result;
      } finally {
        this.#release(member);
      }
    });
  }

  async warmUp(size: InputSize): Promise<void> {
    await Promise.all(this.#free.map(async ({ restorer }) => (await restorer).warmUp(size)));
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { refuse } of this.#queue.splice(0)) refuse(errors.POOL_CLOSED({ what: "restore" }));
    while (this.#busy.size > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
    for (const member of this.#free.splice(0)) this.#end(member);
    await Promise.all(this.#ending);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #idle: () => void = () => undefined;

  async #take(signal: AbortSignal | undefined): Promise<Member> {
    if (this.#closed) throw errors.POOL_CLOSED({ what: "restore" });
    if (signal?.aborted === true) throw errors.RUN_CANCELLED({ at: "before it began" });
    const free = this.#free.pop() ?? (this.#busy.size < this.#sizes.maximum ? { restorer: this.#make(), restored: 0 } : undefined);
    if (free !== undefined) {
      this.#busy.add(free);
      return free;
    }
    if (this.#queue.length >= this.#sizes.queue) throw errors.POOL_FULL({ waiting: this.#queue.length });
    return await new Promise<Member>((resolve, reject) => {
      const leave = (): void => {
        this.#queue.splice(this.#queue.indexOf(place), 1);
        reject(errors.RUN_CANCELLED({ at: "before it began" }));
      };
      const settled =
        <T>(settle: (value: T) => void) =>
        (value: T): void => {
          signal?.removeEventListener("abort", leave);
          settle(value);
        };
      const place = { give: settled(resolve), refuse: settled(reject) };
      signal?.addEventListener("abort", leave, { once: true });
      this.#queue.push(place);
    });
  }

  #release(member: Member): void {
    member.restored++;
    const spent = member.restored >= this.#sizes.recycleAfter;
    if (spent) this.#end(member);
    const next = spent ? { restorer: this.#make(), restored: 0 } : member;
    this.#busy.delete(member);
    const waiting = this.#queue.shift();
    if (waiting !== undefined) {
      this.#busy.add(next);
      waiting.give(next);
    } else this.#free.push(next);
    if (this.#busy.size === 0) this.#idle();
  }

  #end({ restorer }: Member): void {
    const ending = restorer.then((made) => made.close()).catch(() => undefined);
    this.#ending.add(ending);
    void ending.then(() => this.#ending.delete(ending));
  }
}
