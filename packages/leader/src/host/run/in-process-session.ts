import type { PipelineEventBody } from "@leader/core";
import type { Aval, HostTensor } from "@leader/graph";
import { errors } from "../../error-codes.js";
import type { Blueprint } from "../config/blueprint.js";
import type { RestoreOptions, RestorePlan, RestoreWay, Run, Session } from "../types.js";
import { Engine } from "./engine.js";
import type { PreparedNoise } from "./prepared-noise.js";
import { EventStream } from "./event-stream.js";

/** A session that computes in this process: for tests and for users who run it in a worker or a process of their own. */
export class InProcessSession implements Session {
  readonly #engine: Engine;
  readonly #noise: PreparedNoise | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(blueprint: Blueprint, memoryMiB?: number, noise?: PreparedNoise) {
    this.#engine = new Engine(blueprint, { noise, memoryMiB });
    this.#noise = noise;
  }

  restore(y: HostTensor, options: RestoreOptions = {}): Run {
    const events = new EventStream();
    const start = async (): Promise<Awaited<Run["result"]>> => {
      if (this.#closed) throw errors.SESSION_CLOSED({ what: "restore" });
      return await this.#engine.restore(y, options, (event) => events.push(event));
    };
    const result = this.#last.then(start, start).finally(() => events.close());
    // Whoever only reads the events must not be punished by an unhandled rejection.
    result.catch(() => undefined);
    this.#last = result;
    return { events, result };
  }

  async plan(measurement: Aval, options: RestoreWay = {}, onEvent?: (event: PipelineEventBody) => void): Promise<RestorePlan> {
    return await this.#next("plan", () => this.#engine.plan(measurement, options, onEvent));
  }

  async imageFor(measurement: Aval): Promise<Aval> {
    return await this.#next("imageFor", () => this.#engine.imageFor(measurement));
  }

  /** After what was asked for before. */
  async #next<T>(what: string, work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw errors.SESSION_CLOSED({ what });
    const done = this.#last.then(work, work);
    this.#last = done.catch(() => undefined);
    return await done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#last.catch(() => undefined);
    await this.#engine[Symbol.asyncDispose]();
    this.#noise?.[Symbol.dispose]();
  }
}
