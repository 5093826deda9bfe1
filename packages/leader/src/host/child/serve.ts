import { Worker } from "node:worker_threads";
import { keepIn, memberOf } from "@leader/graph";
import { errors } from "../../error-codes.js";
import { DiskCache } from "../../files/disk-cache.js";
import { builtEntry } from "../../files/built-entry.js";
import { originOf } from "../plugins/origin.js";
import { codedError } from "../run/engine.js";
import { optimiseLate } from "./process-settings.js";
import { protocolVersion, type FromChild, type ToChild } from "./protocol.js";
import { toWire } from "./wire-error.js";

/**
 * What a working process can be asked: an argument and a result of plain data, events on the way, a signal to stop, and one to finish what is
 * begun and to begin nothing more.
 */
export type Handlers = Readonly<
  Record<string, (argument: never, emit: (event: unknown) => void, signal: AbortSignal, finish: AbortSignal) => Promise<unknown>>
>;

/** Events that the parent is told together, in their order: each message wakes it, which takes as long as a small update of a step. */
class EventGroup {
  readonly #send: (events: readonly unknown[]) => void;
  #held: unknown[] = [];

  constructor(send: (events: readonly unknown[]) => void) {
    this.#send = send;
  }

  /** What a step decided and its end go with the event after them, which comes at once: the start of the next step, or the end of the run. */
  add(event: unknown): void {
    this.#held.push(event);
    const type = memberOf(event, "type");
    if (type !== "schedule-decision" && type !== "step-end") this.send();
  }

  /** Sends what is held. */
  send(): void {
    if (this.#held.length === 0) return;
    this.#send(this.#held);
    this.#held = [];
  }
}

/** How a call is told to end. */
interface Running {
  readonly stop: AbortController;
  readonly finish: AbortController;
}

/**
 * The side of the working process: answers calls until the parent closes it or is gone. To be called once, by the entry of
 * the process.
 * @param close lets go of what the handlers hold.
 */
export function serve(handlers: Handlers, close: () => Promise<void>): void {
  const send = (message: FromChild): void => {
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
  };
  optimiseLate();
  const leave = refuseToLeave();
  keepIn(DiskCache.whenNeeded());
  const running = new Map<number, Running>();
  const call = async ({ protocol, id, method, argument }: Extract<ToChild, { type: "call" }>): Promise<void> => {
    send({ type: "begun", id });
    const { stop, finish }: Running = { stop: new AbortController(), finish: new AbortController() };
    running.set(id, { stop, finish });
    const events = new EventGroup((group) => send({ type: "events", id, events: group }));
    try {
      if (protocol !== protocolVersion) throw errors.CHILD_PROTOCOL({ expected: String(protocolVersion), received: String(protocol) });
      const handler = Object.hasOwn(handlers, method) ? handlers[method] : undefined;
      if (handler === undefined) throw errors.CHILD_PROTOCOL({ expected: Object.keys(handlers).join(", "), received: method });
      const emit = (event: unknown): void => events.add(event);
      // Each handler knows its own argument, which both ends of one installation agree on; a table of them cannot say so.
      const result = await handler(argument as never, emit, stop.signal, finish.signal);
      events.send();
      send({ type: "result", id, result });
    } catch (error) {
      events.send();
      send({ type: "failure", id, error: toWire(codedError(error)) });
    } finally {
      running.delete(id);
    }
  };
  // Ctrl-C goes to the whole process group; the parent decides what it means.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1"] as const) process.on(signal, () => undefined);
  process.on("disconnect", () => leave(0));
  process.on("message", (message: ToChild) => {
    if (message.type === "call") void call(message);
    else if (message.type === "cancel") running.get(message.id)?.stop.abort();
    else if (message.type === "finish") running.get(message.id)?.finish.abort();
    // A timer or a socket that a plugin left behind must not keep the process.
    else void close().finally(() => leave(0));
  });
  new Worker(builtEntry("host/child/watchdog.js"), { workerData: process.ppid }).unref();
  send({ type: "hello", protocol: protocolVersion });
}

/**
 * Keeps code that runs in this process from ending it: a plugin that calls `process.exit` gets an error, which names it, as any that it
 * throws. Returns the way out.
 */
function refuseToLeave(): (code: number) => never {
  const leave = process.exit.bind(process);
  process.exit = (): never => {
    throw errors.PROCESS_LEFT({ at: originOf(new Error()) });
  };
  return leave;
}
