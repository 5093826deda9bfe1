import { exitCodes } from "./exit-codes.js";

/**
 * Turns Ctrl-C and termination into an abort signal; a second Ctrl-C leaves at once. SIGUSR1, by which batch systems announce the
 * end of a job's time, lets what runs finish and begins nothing new. Without a listener Node would open a debugger on it.
 * Once the work is done, a signal leaves at once: the process then only ends, and still ends with the code of the signal.
 */
export class Interruption implements Disposable {
  readonly #controller = new AbortController();
  readonly #finish = new AbortController();
  #exitCode: number | undefined;
  #done = false;
  readonly #onInterrupt = (): void => {
    this.#stop("interrupted", exitCodes.interrupted);
  };
  readonly #onTerminate = (): void => {
    this.#stop("terminated", exitCodes.terminated);
  };

  readonly #onFinish = (): void => {
    if (this.finishing || this.#done) return;
    this.#finish.abort();
    process.stderr.write("\nfinishing: what was begun is finished, and nothing new is begun; the same command goes on from there\n");
  };

  constructor() {
    process.on("SIGINT", this.#onInterrupt);
    process.on("SIGTERM", this.#onTerminate);
    process.on("SIGHUP", this.#onTerminate);
    process.on("SIGUSR1", this.#onFinish);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** True once nothing new is to be begun. */
  get finishing(): boolean {
    return this.#finish.signal.aborted;
  }

  /** Aborted once nothing new is to be begun. */
  get finish(): AbortSignal {
    return this.#finish.signal;
  }

  /** Set once a signal arrived. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  [Symbol.dispose](): void {
    this.#done = true;
  }

  #stop(word: string, exitCode: number): void {
    if (this.#done || this.#exitCode !== undefined) process.exit(exitCode);
    this.#exitCode = exitCode;
    process.stderr.write(`\n${word}: stopping; finished files are kept, unfinished ones are not written\n`);
    this.#controller.abort();
  }
}
