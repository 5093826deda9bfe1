import { WorkerPool } from "leader-restore";
import { errors } from "../error-codes.js";
import type { Settings } from "../options.js";
import { Computing } from "../worker/computing.js";
import { followEvents } from "../worker/follow-events.js";
import type { Equipment, Questions } from "../worker/protocol.js";
import { Clerks, graceMs } from "./clerks.js";
import { inMemory, Job } from "./job.js";
import { Pace } from "./pace.js";
import { priorities, type Accepted, type Asked, type Runner, type Submission } from "./runner.js";

/** Restores in a pool of processes of this service. What waits and what was restored is lost with it. */
export class LocalRunner implements Runner {
  readonly durable = false;
  readonly #pool: WorkerPool<Computing>;
  readonly #clerks: Clerks;
  readonly #maximum: number;
  readonly #queue: number;
  readonly #pace = new Pace();

  constructor(settings: Settings, equipment: Equipment) {
    const { minimum, maximum, queue, recycleAfter, seconds, memoryMiB } = settings;
    this.#maximum = maximum;
    this.#queue = queue;
    const limits = { memoryMiB, seconds };
    const make = (): Computing => new Computing({ equipment, limits, graceMs });
    this.#pool = new WorkerPool({ minimum, maximum, queue, recycleAfter, make, end: (computing) => computing.end() });
    this.#clerks = new Clerks(equipment);
  }

  get running(): number {
    return this.#pool.running;
  }

  get waiting(): number {
    return this.#pool.waiting;
  }

  get retrySeconds(): number {
    return this.#pace.retrySeconds(this.#pool.waiting, this.#maximum);
  }

  async start(): Promise<void> {
    await Promise.all([...this.#pool.free.map((computing) => computing.start()), this.#clerks.start()]);
  }

  get hasRoom(): boolean {
    return this.#pool.running < this.#maximum || this.#pool.waiting < this.#queue;
  }

  requireRoom(): void {
    if (!this.hasRoom) throw errors.BUSY({ waiting: this.#pool.waiting });
  }

  async ask<K extends Asked>(method: K, argument: Questions[K][0]): Promise<Questions[K][1]> {
    return await this.#clerks.ask(method, argument);
  }

  accept({ request, restoration, priority }: Submission): Promise<Accepted> {
    this.requireRoom();
    const job = new Job(request, restoration);
    return Promise.resolve({ job, over: this.#run(job, priorities.indexOf(priority)) });
  }

  find(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  forget(): Promise<void> {
    return Promise.resolve();
  }

  /** Lets what runs finish and ends the processes. */
  async close(): Promise<void> {
    await Promise.all([this.#pool.close(), this.#clerks.close()]);
  }

  /** Restores a job when its turn comes; resolves when it is over, however it ended. */
  #run(job: Job, priority: number): Promise<void> {
    const { restoration } = job;
    if (restoration === undefined) return Promise.resolve();
    const work = async (computing: Computing): Promise<void> => {
      job.begin();
      const begun = performance.now();
      computing.remember(restoration.pipeline);
      const onEvent = followEvents((event) => job.tell(event));
      job.complete(inMemory(await computing.ask("restore", restoration, { signal: job.signal, onEvent })));
      this.#pace.see((performance.now() - begun) / 1000);
    };
    return this.#pool
      .use(work, { signal: job.signal, priority, prefers: (computing) => computing.holds(restoration.pipeline) })
      .catch((error: unknown) => job.fail(error));
  }
}
