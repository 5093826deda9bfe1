import { isRecord } from "@leader/graph/records";
import type { Redis } from "ioredis";
import { quietly } from "./address.js";
import { channelsOf } from "./task.js";

/** What is announced of a task. */
export interface Listener {
  /** What its function tells. */
  readonly onEvent: ((event: unknown) => void) | undefined;
  /** A try at it has ended. */
  readonly onOver: () => void;
}

/** Listens to what workers announce. Announcements may be lost, so nothing may depend on them alone. */
export class Announcements {
  readonly #subscriber: Redis;
  readonly #listeners = new Map<string, Set<Listener>>();

  private constructor(subscriber: Redis, told: string) {
    this.#subscriber = subscriber;
    subscriber.on("message", (channel, text) => {
      if (channel !== told) this.#give(text, ({ onOver }) => onOver());
      else this.#tell(text);
    });
  }

  static async listen(client: Redis, queue: string): Promise<Announcements> {
    const { told, over } = channelsOf(queue);
    const subscriber = quietly(client.duplicate());
    await subscriber.subscribe(told, over);
    return new Announcements(subscriber, told);
  }

  /** Listens for a task; returns how to stop that. */
  add(id: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(id) ?? new Set<Listener>();
    this.#listeners.set(id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(id);
    };
  }

  close(): void {
    this.#subscriber.disconnect();
  }

  #tell(text: string): void {
    const message: unknown = JSON.parse(text);
    if (isRecord(message) && typeof message["id"] === "string") this.#give(message["id"], ({ onEvent }) => onEvent?.(message["event"]));
  }

  #give(id: string, give: (listener: Listener) => void): void {
    for (const listener of this.#listeners.get(id) ?? []) give(listener);
  }
}
