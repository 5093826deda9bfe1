import type { Progress } from "./progress.js";
import type { Restored } from "./restored.js";

/**
 * A restoration under way: await it for the picture, or read its progress with `for await` first. Who does only one of the two misses
 * nothing: a failure is thrown by whichever is waited for.
 */
export class Restoration implements PromiseLike<Restored>, AsyncIterable<Progress> {
  /** The picture; rejects with a coded error. */
  readonly result: Promise<Restored>;
  readonly #queue: Progress[] = [];
  #wake: () => void = () => undefined;
  #over = false;

  /** @param run tells its progress as it goes and returns the picture. */
  constructor(run: (tell: (progress: Progress) => void) => Promise<Restored>) {
    this.result = run((progress) => {
      this.#queue.push(progress);
      this.#wake();
    }).finally(() => {
      this.#over = true;
      this.#wake();
    });
    // Whoever only reads the progress must not be punished by an unhandled rejection.
    this.result.catch(() => undefined);
  }

  then<A = Restored, B = never>(
    fulfilled?: ((value: Restored) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.result.then(fulfilled, rejected);
  }

  /** The progress from its beginning; each is given once. Ends with the restoration, and throws if it failed. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Progress, void, undefined> {
    for (;;) {
      const next = this.#queue.shift();
      if (next !== undefined) yield next;
      else if (this.#over) break;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    await this.result;
  }
}
