import { errors } from "../error-codes.js";

/** How many workers there are, and how long the queue before them is. */
export interface WorkerPoolSizes {
  /** Workers that are made at once. */
  readonly minimum: number;
  /** The most that work side by side. */
  readonly maximum: number;
  /** The most that wait for one; one more is refused with `POOL_FULL`. */
  readonly queue: number;
  /** Uses after which a worker is replaced by a fresh one. */
  readonly recycleAfter: number;
}

/** How a pool makes its workers and lets them go. */
export interface WorkerPoolOptions<T> extends WorkerPoolSizes {
  make(): T;
  /** Ends a worker; nobody uses it any more. */
  end(worker: T): Promise<void>;
}

/** How one use of a worker is chosen. */
export interface UseOptions<T> {
  /** Of those who wait, the lowest number is served first, and of the same number who came first. Default 0. */
  readonly priority?: number;
  /** Leaves the queue at once; what a cancelled use does is its own business. */
  readonly signal?: AbortSignal | undefined;
  /** Of the free workers, the first of which this holds is taken, such as one that has the network loaded already. */
  readonly prefers?: (worker: T) => boolean;
}

interface Member<T> {
  readonly worker: T;
  uses: number;
}

interface Place<T> {
  readonly priority: number;
  readonly give: (member: Member<T>) => void;
  readonly refuse: (error: Error) => void;
}

/** Workers behind one queue: restorers of a program, or the processes of a service. Each is used by one at a time. */
export class WorkerPool<T> {
  readonly #options: WorkerPoolOptions<T>;
  readonly #free: Member<T>[] = [];
  readonly #busy = new Set<Member<T>>();
  readonly #queue: Place<T>[] = [];
  readonly #ending = new Set<Promise<void>>();
  #closed = false;
  #idle: () => void = () => undefined;

  /** Errors: `POOL_OPTION`. */
  constructor(options: WorkerPoolOptions<T>) {
    this.#options = options;
    const { minimum, maximum, queue, recycleAfter } = options;
    for (const [name, value, least] of [
      ["minimum", minimum, 0],
      ["maximum", maximum, Math.max(1, minimum)],
      ["queue", queue, 0],
      ["recycleAfter", recycleAfter, 1],
    ] as const) {
      if (!(value >= least) || (!Number.isInteger(value) && value !== Infinity))
        throw errors.POOL_OPTION({ name, expected: `a whole number of at least ${least}`, received: String(value) });
    }
    for (let i = 0; i < minimum; i++) this.#free.push(this.#made());
  }

  get running(): number {
    return this.#busy.size;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /** The workers that nobody uses now. */
  get free(): readonly T[] {
    return this.#free.map(({ worker }) => worker);
  }

  /** Makes one worker if there is none. */
  begin(): void {
    if (this.#free.length + this.#busy.size === 0) this.#free.push(this.#made());
  }

  /** Waits for a free worker and works with it. Errors: `POOL_FULL` (retryable), `POOL_CLOSED`, `RUN_CANCELLED`, those of the work. */
  async use<R>(work: (worker: T) => Promise<R>, options: UseOptions<T> = {}): Promise<R> {
    const member = await this.#take(options);
    try {
      return await work(member.worker);
    } finally {
      this.#release(member);
    }
  }

  /** Lets what runs finish, refuses what waits, and ends the workers. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { refuse } of this.#queue.splice(0)) refuse(errors.POOL_CLOSED({ what: "restore" }));
    while (this.#busy.size > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
    for (const member of this.#free.splice(0)) this.#end(member);
    await Promise.all(this.#ending);
  }

  async #take({ signal, prefers, priority = 0 }: UseOptions<T>): Promise<Member<T>> {
    if (this.#closed) throw errors.POOL_CLOSED({ what: "restore" });
    if (signal?.aborted === true) throw errors.RUN_CANCELLED({ at: "before it began" });
    const free = this.#freeOne(prefers) ?? (this.#busy.size < this.#options.maximum ? this.#made() : undefined);
    if (free !== undefined) {
      this.#busy.add(free);
      return free;
    }
    if (this.#queue.length >= this.#options.queue) throw errors.POOL_FULL({ waiting: this.#queue.length });
    return await this.#wait(signal, priority);
  }

  /** A free worker that is preferred; else a new one where there may be more; else the one that was used last. */
  #freeOne(prefers: UseOptions<T>["prefers"]): Member<T> | undefined {
    if (prefers === undefined) return this.#free.pop();
    const preferred = this.#free.findIndex(({ worker }) => prefers(worker));
    if (preferred >= 0) return this.#free.splice(preferred, 1)[0];
    const unused = this.#free.findIndex(({ uses }) => uses === 0);
    if (unused >= 0) return this.#free.splice(unused, 1)[0];
    return this.#free.length + this.#busy.size < this.#options.maximum ? undefined : this.#free.shift();
  }

  #wait(signal: AbortSignal | undefined, priority: number): Promise<Member<T>> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#queue.splice(this.#queue.indexOf(place), 1);
        reject(errors.RUN_CANCELLED({ at: "before it began" }));
      };
      const settled =
        <V>(settle: (value: V) => void) =>
        (value: V): void => {
          signal?.removeEventListener("abort", leave);
          settle(value);
        };
      const place = { priority, give: settled(resolve), refuse: settled(reject) };
      signal?.addEventListener("abort", leave, { once: true });
      const behind = this.#queue.findIndex((other) => other.priority > priority);
      this.#queue.splice(behind < 0 ? this.#queue.length : behind, 0, place);
    });
  }

  #release(member: Member<T>): void {
    member.uses++;
    const spent = member.uses >= this.#options.recycleAfter;
    if (spent) this.#end(member);
    const next = spent ? this.#made() : member;
    this.#busy.delete(member);
    const waiting = this.#queue.shift();
    if (waiting !== undefined) {
      this.#busy.add(next);
      waiting.give(next);
    } else this.#free.push(next);
    if (this.#busy.size === 0) this.#idle();
  }

  #made(): Member<T> {
    return { worker: this.#options.make(), uses: 0 };
  }

  #end({ worker }: Member<T>): void {
    const ending = this.#options.end(worker).catch(() => undefined);
    this.#ending.add(ending);
    void ending.then(() => this.#ending.delete(ending));
  }
}
