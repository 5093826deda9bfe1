import { exitCodes } from "./exit-codes.js";

/** Turns Ctrl-C and termination into an abort signal; a second Ctrl-C leaves at once. */
export class Interruption implements Disposable {
  readonly #controller = new AbortController();
  #exitCode: number | undefined;
  readonly #onInterrupt = (): void => {
    this.#stop("interrupted", exitCodes.interrupted);
  };
  readonly #onTerminate = (): void => {
    this.#stop("terminated", exitCodes.terminated);
  };

  constructor() {
    process.on("SIGINT", this.#onInterrupt);
    process.on("SIGTERM", this.#onTerminate);
    process.on("SIGHUP", this.#onTerminate);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Set once a signal arrived. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  [Symbol.dispose](): void {
    process.off("SIGINT", this.#onInterrupt);
    process.off("SIGTERM", this.#onTerminate);
    process.off("SIGHUP", this.#onTerminate);
  }

  #stop(word: string, exitCode: number): void {
    if (this.#exitCode !== undefined) process.exit(exitCode);
    this.#exitCode = exitCode;
    process.stderr.write(`\n${word}: stopping; finished files are kept, unfinished ones are not written\n`);
    this.#controller.abort();
  }
}
