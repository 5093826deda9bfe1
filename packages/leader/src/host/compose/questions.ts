import type { Blueprint } from "../config/blueprint.js";
import { Composition } from "./compose.js";

/** Milliseconds without a question after which the stages are let go. */
const idleMs = 2000;

/**
 * The stages of a pipeline for questions about it. Questions that follow each other share them, so that a network is read once for all that
 * is asked about a picture; what the stages hold is let go soon after the last, or at once where a question fails.
 */
export class Questions {
  readonly #blueprint: Blueprint;
  #composition: Composition | undefined;
  #open = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(blueprint: Blueprint) {
    this.#blueprint = blueprint;
  }

  /** Answers a question. Errors: those of the question. */
  async ask<T>(question: (composition: Composition) => Promise<T>): Promise<T> {
    clearTimeout(this.#idle);
    const composition = (this.#composition ??= new Composition(this.#blueprint));
    this.#open++;
    try {
      return await question(composition);
    } catch (error) {
      // A stage that could not be made would be remembered as such, though its file may be there the next time.
      if (this.#composition === composition) this.#composition = undefined;
      if (this.#open === 1) await composition[Symbol.asyncDispose]();
      throw error;
    } finally {
      if (--this.#open === 0) this.#rest();
    }
  }

  #rest(): void {
    this.#idle = setTimeout(() => {
      const composition = this.#composition;
      this.#composition = undefined;
      void composition?.[Symbol.asyncDispose]();
    }, idleMs);
    this.#idle.unref();
  }
}
