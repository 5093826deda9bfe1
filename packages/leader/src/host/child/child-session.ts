import type { HostTensor } from "@leader/graph";
import { errors } from "../../error-codes.js";
import type { Blueprint } from "../config/blueprint.js";
import { EventStream } from "../run/event-stream.js";
import type { RestoreOptions, RestoreResult, Run, Session, SessionLimits } from "../types.js";
import { ComputingProcess } from "./child-process.js";
import { defaultMemoryMiB } from "./memory.js";
import { protocolVersion, type FromChild } from "./protocol.js";
import { supervise } from "./supervise.js";
import { fromWire } from "./wire-error.js";

/** Seconds that setting up may take; a plugin that blocks is then ended. */
const openSeconds = 120;
/** Milliseconds for an idle process to end by itself. */
const closeMs = 2000;
/**
 * Milliseconds that a cancelled run has to stop between two steps, so that the process and what it compiled are kept. A step
 * that takes longer is ended with its process.
 */
const graceMs = 3000;
/** Lines of output that one run turns into warnings. */
const mostOutputWarnings = 20;

/** A session that computes in a supervised child process. A process that is ended is replaced for the next restoration. */
export class ChildSession implements Session {
  readonly #blueprint: Blueprint;
  readonly #limits: Required<Pick<SessionLimits, "memoryMiB">> & SessionLimits;
  #process: Promise<ComputingProcess> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #nextId = 0;
  readonly #closing = new AbortController();

  private constructor(blueprint: Blueprint, limits: SessionLimits) {
    this.#blueprint = blueprint;
    this.#limits = { memoryMiB: defaultMemoryMiB(), ...limits };
  }

  /** Starts the process and sets the stages up in it. Errors: those of the pipeline, `CHILD_UNAVAILABLE`, `CHILD_CRASHED`. */
  static async open(blueprint: Blueprint, limits: SessionLimits): Promise<ChildSession> {
    const inMemory = [...blueprint.selected.values()].find(({ use }) => use.startsWith("code#"));
    if (inMemory !== undefined) throw errors.CHILD_ONLY_TEXT({ stage: inMemory.role });
    const session = new ChildSession(blueprint, limits);
    await session.#ready(undefined);
    return session;
  }

  restore(y: HostTensor, options: RestoreOptions = {}): Run {
    const events = new EventStream();
    const before = this.#last;
    const turn = this.#waitForTurn(before, options.signal);
    const result = turn.then(() => this.#restore(y, options, events)).catch((error: unknown) => this.#endWith(error, options, events));
    const closed = result.finally(() => events.close());
    // Whoever only reads the events must not be punished by an unhandled rejection.
    closed.catch(() => undefined);
    this.#last = Promise.allSettled([before, closed]);
    return { events, result: closed };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    const child = await this.#process?.catch(() => undefined);
    this.#process = undefined;
    if (child === undefined) return;
    child.send({ type: "close" });
    const timer = setTimeout(() => child.kill(), closeMs);
    await child.ended;
    clearTimeout(timer);
  }

  /** A run that is cancelled while it waits does not wait any longer. */
  async #waitForTurn(before: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted === true) throw cancelled("before it began");
    await new Promise<void>((resolve, reject) => {
      const cancel = (): void => reject(cancelled("before it began"));
      signal?.addEventListener("abort", cancel, { once: true });
      void before.then(() => {
        signal?.removeEventListener("abort", cancel);
        resolve();
      });
    });
  }

  async #restore(y: HostTensor, options: RestoreOptions, events: EventStream): Promise<RestoreResult> {
    if (this.#closing.signal.aborted) throw errors.SESSION_CLOSED({ what: "restore" });
    const { signal, ...sent } = options;
    const child = await this.#ready(signal);
    const id = this.#nextId++;
    const progress = { last: "before its first event", evaluations: 0, lines: 0 };
    let settle: (result: RestoreResult) => void = () => undefined;
    let fail: (error: Error) => void = () => undefined;
    const answer = new Promise<RestoreResult>((resolve, reject) => {
      settle = resolve;
      fail = reject;
    });
    const receive = (message: FromChild): void => {
      if (message.type === "event" && message.id === id) {
        progress.last = describeEvent(message.event);
        events.push(message.event);
      } else if (message.type === "result" && message.id === id) settle(message.result);
      else if (message.type === "failure" && message.id === id) fail(fromWire(message.error));
    };
    child.listen(receive, (stream, line) => {
      if (progress.lines++ >= mostOutputWarnings) return;
      const { code, message } = errors.CHILD_OUTPUT({ stream, line });
      events.push({ type: "warning", code, message });
    });
    const { seconds, memoryMiB } = this.#limits;
    const signals = [this.#closing.signal, ...(signal === undefined ? [] : [signal])];
    child.send({ type: "restore", id, y, options: sent });
    return await this.#guarded(child, answer, {
      signals,
      closing: this.#closing.signal,
      ask: { cancel: () => child.send({ type: "cancel", id }), graceMs },
      memoryMiB,
      ...(seconds === undefined ? {} : { seconds }),
      last: () => `last event: ${progress.last}`,
    });
  }

  /** The process with the stages set up; a new one if there is none. */
  async #ready(signal: AbortSignal | undefined): Promise<ComputingProcess> {
    this.#process ??= this.#start(signal);
    return await this.#process;
  }

  async #start(signal: AbortSignal | undefined): Promise<ComputingProcess> {
    try {
      const child = new ComputingProcess();
      const { source, options } = this.#blueprint;
      const answer = new Promise<void>((resolve, reject) => {
        const receive = (message: FromChild): void => {
          if (message.type === "hello" && message.protocol !== protocolVersion)
            reject(errors.CHILD_PROTOCOL({ expected: String(protocolVersion), received: String(message.protocol) }));
          else if (message.type === "ready") resolve();
          else if (message.type === "open-failed") reject(fromWire(message.error));
        };
        child.listen(receive, () => undefined);
      });
      child.send({ type: "open", protocol: protocolVersion, source, options });
      const { memoryMiB } = this.#limits;
      const signals = [this.#closing.signal, ...(signal === undefined ? [] : [signal])];
      await this.#guarded(child, answer, {
        signals,
        closing: this.#closing.signal,
        memoryMiB,
        seconds: openSeconds,
        last: () => "while the stages were set up",
      }).catch((error: unknown) => {
        child.kill();
        throw error;
      });
      return child;
    } catch (error) {
      this.#process = undefined;
      throw error;
    }
  }

  async #guarded<T>(child: ComputingProcess, answer: Promise<T>, watch: Parameters<typeof supervise<T>>[2]): Promise<T> {
    child.hold(true);
    try {
      const { value, alive } = await supervise(child, answer, watch);
      if (!alive) this.#process = undefined;
      if ("error" in value) throw value.error;
      return value.result;
    } finally {
      child.hold(false);
    }
  }

  /** The child has said how the run ended, unless it was ended itself. */
  #endWith(error: unknown, { signal }: RestoreOptions, events: EventStream): never {
    const aborted = signal?.aborted === true;
    events.end(aborted ? "aborted" : "failed", error instanceof Error ? error.message : String(error));
    throw error;
  }
}

const cancelled = (at: string): Error => errors.RUN_CANCELLED({ at });

function describeEvent(event: Extract<FromChild, { type: "event" }>["event"]): string {
  return "step" in event ? `${event.type} ${event.step}` : event.type === "graph-compile" ? `${event.type} ${event.graph}` : event.type;
}
