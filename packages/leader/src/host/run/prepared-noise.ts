import { drawNoise, type NoiseRequest, type NoiseSource } from "@leader/core";
import { freeArray, sizeOf, type HostTensor } from "@leader/graph";
import { Worker } from "node:worker_threads";
import { builtEntry } from "../../files/built-entry.js";
import { numbersOf, slotBytes, slotState, stateOf } from "./noise-slot.js";

/** Milliseconds to wait for a draw that the thread has begun; drawing takes far less. */
const longestWait = 2000;

/** The start of a thread takes about as many milliseconds of a processor, at once with the first evaluation. */
const costOfThread = 100;

/**
 * Draws that a second thread makes while the network computes. A draw depends on its request only, so it does not matter for the result which thread
 * makes it: what is not begun when it is needed is made at once. The thread starts when draws have taken as long as its start does: a restoration
 * of few steps is over before.
 */
export class PreparedNoise implements NoiseSource, Disposable {
  #worker: Worker | undefined;
  readonly #asked = new Map<string, SharedArrayBuffer>();
  readonly #free: SharedArrayBuffer[] = [];
  /**
   * Blocks that the thread may still look at. They are used again too: the thread holds what it was sent until its own garbage is collected, which
   * takes no notice of shared memory, and so hardly ever happens.
   */
  #left: SharedArrayBuffer[] = [];
  /** Arrays of draws that were made here, which hold until the next `prefetch`. */
  readonly #drawn: Float32Array[] = [];
  #usable = true;
  #prepared = 0;
  readonly #startsAfter: number;
  #millisecondsHere = 0;

  /** @param startsAfter milliseconds of draws before the thread starts */
  constructor(startsAfter = costOfThread) {
    this.#startsAfter = startsAfter;
  }

  /** Draws that came from the second thread. */
  get prepared(): number {
    return this.#prepared;
  }

  prefetch(requests: readonly NoiseRequest[]): void {
    this.#drawn.splice(0).forEach(freeArray);
    if (!this.#usable || this.#millisecondsHere < this.#startsAfter) return;
    this.#worker ??= this.#start();
    for (const [key, memory] of this.#asked) this.#withdraw(key, memory);
    this.#takeBack();
    for (const request of requests) {
      const bytes = slotBytes(sizeOf(request.shape));
      const reused = this.#free.findIndex((memory) => memory.byteLength === bytes);
      const memory = reused < 0 ? new SharedArrayBuffer(bytes) : this.#free.splice(reused, 1)[0]!;
      Atomics.store(stateOf(memory), 0, slotState.asked);
      this.#asked.set(JSON.stringify(request), memory);
      this.#worker.postMessage({ request, memory });
    }
  }

  draw(request: NoiseRequest): HostTensor {
    const key = JSON.stringify(request);
    const memory = this.#asked.get(key);
    if (memory === undefined) return this.#drawHere(request);
    this.#asked.delete(key);
    const state = stateOf(memory);
    const begun = Atomics.compareExchange(state, 0, slotState.asked, slotState.withdrawn) !== slotState.asked;
    if (!begun || Atomics.wait(state, 0, slotState.working, longestWait) === "timed-out") {
      this.#left.push(memory);
      return this.#drawHere(request);
    }
    this.#prepared++;
    // The block is used again from the next `prefetch` on; an upload has copied it by then.
    this.#free.push(memory);
    return { shape: request.shape, dtype: "float32", data: numbersOf(memory) };
  }

  [Symbol.dispose](): void {
    this.#usable = false;
    void this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(builtEntry("host/run/noise-worker.js"));
    worker.unref();
    worker.once("error", () => (this.#usable = false));
    return worker;
  }

  #drawHere(request: NoiseRequest): HostTensor {
    const start = performance.now();
    const data = new Float32Array(sizeOf(request.shape));
    this.#drawn.push(data);
    const drawn = drawNoise(request, data);
    this.#millisecondsHere += performance.now() - start;
    return drawn;
  }

  /** Forgets a draw that was not fetched. */
  #withdraw(key: string, memory: SharedArrayBuffer): void {
    this.#asked.delete(key);
    Atomics.compareExchange(stateOf(memory), 0, slotState.asked, slotState.withdrawn);
    this.#left.push(memory);
  }

  /** Frees the blocks that the thread is done with. */
  #takeBack(): void {
    const done: readonly number[] = [slotState.ready, slotState.passed];
    const isDone = (memory: SharedArrayBuffer): boolean => done.includes(Atomics.load(stateOf(memory), 0));
    this.#free.push(...this.#left.filter(isDone));
    this.#left = this.#left.filter((memory) => !isDone(memory));
  }
}
