import { existsSync } from "node:fs";
import { errors } from "../../error-codes.js";
import type { SessionLimits } from "../types.js";
import { ComputingProcess } from "./child-process.js";
import { ceilings, type Ceilings } from "./limits.js";
import { ProgressWatch } from "./progress-watch.js";
import { protocolVersion, type FromChild } from "./protocol.js";
import { supervise, type Watch } from "./supervise.js";
import { takeAhead } from "./started-ahead.js";
import { fromWire } from "./wire-error.js";
import { defined, isRecord, memberOf } from "@leader/graph/records";

/**
 * Seconds of its own that a process may take for setting up; a plugin that blocks is then ended. A limit of time may shorten it, but to no less
 * than the first.
 */
const setupSeconds = { least: 20, most: 60 } as const;
/** Milliseconds that a cancelled call has to stop by itself, unless the options say otherwise. */
const defaultGraceMs = 3000;
/** Milliseconds for an idle process to end by itself. */
const closeMs = 2000;

/** A question to a working process. */
export interface Call {
  /** Name of one of the handlers that the entry serves. */
  readonly method: string;
  readonly argument: unknown;
}

/** How a call is watched. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Asks a task of many parts to finish what it has begun and to begin nothing more. */
  readonly finish?: AbortSignal | undefined;
  /** Seconds of its own that the call may take: time in which the process waited for a processor does not count. */
  readonly ownSeconds?: number;
  onEvent?(event: unknown): void;
  /** A line that the process wrote, which tells what native code and plugins had to say. */
  onOutput?(stream: string, line: string): void;
}

/** How a working process is made. */
export interface WorkerOptions {
  /** Module that calls `serve`. */
  readonly entry: string;
  readonly limits?: SessionLimits;
  /** Asked first of every process that is started. */
  readonly setup?: Call;
  /**
   * Milliseconds that a cancelled call has to stop by itself, so that the process and what it compiled are kept. A step that takes
   * longer is ended with its process. Default 3000.
   */
  readonly graceMs?: number;
}

/**
 * A process that answers calls, one after the other, under ceilings of memory and time and a watch over its progress. A
 * process that ended, for whatever reason, is replaced at the next call.
 */
export class SupervisedWorker implements AsyncDisposable {
  readonly #options: WorkerOptions;
  readonly #limits: Ceilings;
  readonly #closing = new AbortController();
  #process: ComputingProcess | undefined;
  #nextId = 0;
  /** The end of the last call on the side of the process, which a cancelled call does not wait for. */
  #settling: Promise<unknown> = Promise.resolve();

  /** Errors: `LIMIT_INVALID`. The process starts with the first call. */
  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#limits = ceilings(options.limits ?? {});
  }

  /**
   * Asks the process. Errors: what the handler threw, `CHILD_CRASHED`, `CHILD_UNAVAILABLE`, `MEMORY_LIMIT`, `TIME_LIMIT`,
   * `TIME_STALLED`, `RUN_CANCELLED`, `SESSION_CLOSED`.
   */
  async call(call: Call, options: CallOptions = {}): Promise<unknown> {
    const child = await this.#ready(options);
    const asked = { begun: false };
    const limit = defined({ seconds: this.#limits.seconds, ownSeconds: options.ownSeconds });
    try {
      return await this.#ask(child, call, options, limit, asked);
    } catch (error) {
      // It died while it was idle, and nobody could know yet: that is not this call's fault.
      if (asked.begun || memberOf(error, "code") !== "LEADER_CHILD_CRASHED") throw error;
      return await this.#ask(await this.#ready(options), call, options, limit, { begun: false });
    }
  }

  /** Starts the process and sets it up, if there is none. Errors: those of the set-up. */
  async open(options: CallOptions = {}): Promise<void> {
    await this.#ready(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.over) return;
    // Held, so that this process waits for the end it asks for instead of running out of things to do.
    child.hold(true);
    child.send({ type: "close" });
    // A call that is ended at the same moment lets go of the process again. Repeated, the timer keeps this process until it has ended:
    // otherwise there would be nothing left to do, and Node would leave with exit code 13.
    const timer = setInterval(() => child.kill(), closeMs);
    await child.ended;
    clearInterval(timer);
  }

  async #ready(options: CallOptions): Promise<ComputingProcess> {
    await this.#settling;
    if (this.#closing.signal.aborted) throw errors.SESSION_CLOSED({ what: "call" });
    if (this.#process !== undefined && !this.#process.over) return this.#process;
    const { entry } = this.#options;
    if (!existsSync(entry)) throw errors.CHILD_UNAVAILABLE({ entry, problem: "the file does not exist" });
    const child = takeAhead(entry) ?? new ComputingProcess(entry);
    this.#process = child;
    const { setup } = this.#options;
    if (setup === undefined) return child;
    const ownSeconds = Math.min(setupSeconds.most, Math.max(setupSeconds.least, this.#limits.seconds ?? Infinity));
    try {
      await this.#ask(child, setup, options, { ownSeconds }, { begun: false });
    } catch (error) {
      child.kill();
      this.#process = undefined;
      throw error;
    }
    return child;
  }

  async #ask(
    child: ComputingProcess,
    { method, argument }: Call,
    options: CallOptions,
    limit: Pick<Watch, "seconds" | "ownSeconds">,
    asked: { begun: boolean },
  ): Promise<unknown> {
    const id = this.#nextId++;
    const progress = new ProgressWatch(this.#limits.stallSeconds);
    let last = `while it was asked to ${method}`;
    let loading: string | undefined;
    const told = (event: unknown): void => {
      progress.progress(memberOf(event, "type") === "step-end");
      last = describeEvent(event);
      loading = pluginBeingLoaded(event);
      options.onEvent?.(event);
    };
    const answer = new Promise<unknown>((resolve, reject) => {
      const receive = (message: FromChild): void => {
        if (message.type === "hello" && message.protocol !== protocolVersion)
          reject(errors.CHILD_PROTOCOL({ expected: String(protocolVersion), received: String(message.protocol) }));
        if (message.type === "hello" || message.id !== id) return;
        if (message.type !== "events") progress.progress(false);
        if (message.type === "begun") asked.begun = true;
        else if (message.type === "events") message.events.forEach(told);
        else if (message.type === "result") resolve(message.result);
        else reject(fromWire(message.error));
      };
      child.listen(receive, (stream, line) => options.onOutput?.(stream, line));
    });
    child.hold(true);
    const done = new AbortController();
    try {
      child.send({ type: "call", protocol: protocolVersion, id, method, argument });
      const finish = (): void => child.send({ type: "finish", id });
      if (options.finish?.aborted === true) finish();
      else options.finish?.addEventListener("abort", finish, { once: true, signal: done.signal });
      const { memoryMiB } = this.#limits;
      const signals = [this.#closing.signal, ...(options.signal === undefined ? [] : [options.signal])];
      const ask = (): { readonly graceMs: number } | undefined => {
        // A process that is being set up or let go has nothing that is worth keeping.
        if (!asked.begun || this.#closing.signal.aborted || method === this.#options.setup?.method) return undefined;
        child.send({ type: "cancel", id });
        return { graceMs: this.#options.graceMs ?? defaultGraceMs };
      };
      const watch = { signals, memoryMiB, progress, ask, last: () => last, loading: () => loading, ...limit };
      const supervised = supervise(child, answer, watch).finally(() => child.hold(false));
      this.#settling = supervised.catch(() => undefined);
      // Whoever cancels is answered at once; that the process stops, or is ended, is waited for by the next call.
      const { value } = await Promise.race([supervised, cancellation(options.signal, done.signal, () => last)]);
      if ("error" in value) throw value.error;
      return value.result;
    } finally {
      done.abort();
    }
  }
}

/** Rejects when a call is cancelled. */
function cancellation(signal: AbortSignal | undefined, done: AbortSignal, last: () => string): Promise<never> {
  return new Promise((_, reject) => {
    const cancel = (): void => reject(errors.RUN_CANCELLED({ at: `(${last()})` }));
    if (signal?.aborted === true) cancel();
    else signal?.addEventListener("abort", cancel, { once: true, signal: done });
  });
}

/** The plugin that is being imported after an event. */
function pluginBeingLoaded(event: unknown): string | undefined {
  const plugin = memberOf(event, "plugin");
  return memberOf(event, "type") === "plugin-load" && typeof plugin === "string" ? plugin : undefined;
}

/** What an event says the process was doing, for the message about its end. */
function describeEvent(event: unknown): string {
  const { type, step, graph, plugin } = isRecord(event) ? event : {};
  const what = [step, graph, plugin].find((value) => typeof value === "string" || typeof value === "number");
  return `last event: ${String(type)}${what === undefined ? "" : ` ${String(what)}`}`;
}
