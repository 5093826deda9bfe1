/** Seconds of a restoration, as a running mean. */
export class Pace {
  #seconds = 1;

  see(seconds: number): void {
    this.#seconds += (seconds - this.#seconds) / 8;
  }

  /** Seconds after which there may be room, where so many wait for so many processes. */
  retrySeconds(waiting: number, processes: number): number {
    return Math.min(600, Math.max(1, Math.ceil((this.#seconds * (waiting + 1)) / Math.max(1, processes))));
  }
}
