import "reflect-metadata";
import { container, instancePerContainerCachingFactory, type DependencyContainer } from "tsyringe";
import { errors } from "../../error-codes.js";
import type { Token } from "./tokens.js";

/**
 * The things of one run: a child container, so that two runs never share one, each thing made when it is first asked for.
 * The only place that knows the container library, which neither refuses a second binding nor disposes what factories make:
 * both are done here.
 */
export class RunScope implements AsyncDisposable {
  readonly #container: DependencyContainer = container.createChildContainer();
  readonly #made: (Disposable | AsyncDisposable)[] = [];

  /** Says how a thing is made. Errors: `STAGE_BOUND_TWICE`. */
  bind<T>(token: Token<T>, make: () => T | Promise<T>): this {
    if (this.#container.isRegistered(token.key)) throw errors.STAGE_BOUND_TWICE({ stage: token.key.description ?? "" });
    const useFactory = instancePerContainerCachingFactory(async () => {
      const thing = await make();
      if (isDisposable(thing)) this.#made.push(thing);
      return thing;
    });
    this.#container.register<Promise<T>>(token.key, { useFactory });
    return this;
  }

  /** True if the thing is bound. */
  has(token: Token<unknown>): boolean {
    return this.#container.isRegistered(token.key);
  }

  /** The thing; the same one each time. */
  async get<T>(token: Token<T>): Promise<T> {
    return await this.#container.resolve<Promise<T>>(token.key);
  }

  /** Disposes what was made, last first. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const thing of this.#made.splice(0).reverse()) {
      if (Symbol.asyncDispose in thing) await thing[Symbol.asyncDispose]();
      else thing[Symbol.dispose]();
    }
    this.#container.clearInstances();
  }
}

function isDisposable(thing: unknown): thing is Disposable | AsyncDisposable {
  return typeof thing === "object" && thing !== null && (Symbol.asyncDispose in thing || Symbol.dispose in thing);
}
