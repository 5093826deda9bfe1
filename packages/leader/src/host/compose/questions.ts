import type { Blueprint } from "../config/blueprint.js";
import { Composition } from "./compose.js";

/** Milliseconds without a question after which the stages are let go. */
const idleMs = 2000;

/** Stages that questions share, and how many of these are open. */
interface Shared {
  readonly composition: Composition;
  open: number;
}

/**
 * The stages of a pipeline for questions about it. Questions that follow each other share them, so that a network is read once for all that
 * is asked about a picture; what the stages hold is let go soon after the last, or at once where a question fails.
 */
export class Questions {
  readonly #blueprint: Blueprint;
  /** What the next question shares. */
  #current: Shared | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(blueprint: Blueprint) {
    this.#blueprint = blueprint;
  }

  /** Answers a question. Errors: those of the question. */
  async ask<T>(question: (composition: Composition) => Promise<T>): Promise<T> {
    clearTimeout(this.#idle);
    const shared = (this.#current ??= { composition: new Composition(this.#blueprint), open: 0 });
    shared.open++;
    try {
      return await question(shared.composition);
    } catch (error) {
      // A stage that could not be made would be remembered as such, though its file may be there the next time.
      if (this.#current === shared) this.#current = undefined;
      throw error;
    } finally {
      shared.open--;
      await this.#rest(shared);
    }
  }

  /** Lets stages go that nobody asks any more: at once if no other question will share them, else after a while. */
  async #rest(shared: Shared): Promise<void> {
    if (shared.open > 0) return;
    if (this.#current !== shared) {
      await shared.composition[Symbol.asyncDispose]();
      return;
    }
    this.#idle = setTimeout(() => {
      this.#current = undefined;
      void shared.composition[Symbol.asyncDispose]();
    }, idleMs);
    this.#idle.unref();
  }
}
