import { errors } from "../error-codes.js";
import type { Job } from "./job.js";

/** The restorations that are known: those under way, and finished ones for a while. Bounded in bytes and in time. */
export class JobStore {
  readonly #jobs = new Map<string, Job>();
  readonly #limit: number;
  readonly #keepMs: number;
  readonly #sweeping: NodeJS.Timeout;

  /** @param bytes of pictures that wait and results that are kept */
  constructor({ bytes, keepSeconds }: { readonly bytes: number; readonly keepSeconds: number }) {
    this.#limit = bytes;
    this.#keepMs = 1000 * keepSeconds;
    this.#sweeping = setInterval(() => this.sweep(), Math.min(this.#keepMs, 10_000)).unref();
  }

  get size(): number {
    return this.#jobs.size;
  }

  /** Bytes in use. */
  get bytes(): number {
    let sum = 0;
    for (const { bytes } of this.#jobs.values()) sum += bytes;
    return sum;
  }

  /** The jobs that are not over. */
  get pending(): readonly Job[] {
    return [...this.#jobs.values()].filter(({ isOver }) => !isOver);
  }

  /** Makes room for a picture, by forgetting the results that ended first. Errors: `STORE_FULL`. */
  makeRoom(bytes: number): void {
    let used = this.bytes;
    const over = [...this.#jobs.values()].filter(({ isOver }) => isOver).sort((a, b) => a.ended! - b.ended!);
    for (const job of over) {
      if (used + bytes <= this.#limit && this.#jobs.size < mostJobs) return;
      this.#jobs.delete(job.id);
      used -= job.bytes;
    }
    if (used + bytes > this.#limit) throw errors.STORE_FULL({ limit: this.#limit });
  }

  add(job: Job): void {
    this.#jobs.set(job.id, job);
  }

  get(id: string): Job | undefined {
    return this.#jobs.get(id);
  }

  forget(job: Job): void {
    this.#jobs.delete(job.id);
  }

  /** Forgets what was kept long enough. */
  sweep(now: number = Date.now()): void {
    for (const job of this.#jobs.values()) if (job.ended !== undefined && now - job.ended > this.#keepMs) this.#jobs.delete(job.id);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#sweeping);
    this.#jobs.clear();
  }
}

/** Jobs that are remembered at all; failed ones hold no bytes. */
const mostJobs = 10_000;
