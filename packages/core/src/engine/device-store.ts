import { graphErrors, type DeviceTensor } from "@leader/graph";

/** A device tensor that several names may share; it is disposed when the last of them lets go. */
export class Shared {
  #owners = 0;
  constructor(readonly tensor: DeviceTensor) {}
  acquire(): this {
    this.#owners++;
    return this;
  }
  release(): void {
    if (--this.#owners === 0) this.tensor[Symbol.dispose]();
  }
}

/** The named device tensors of a run. Replacing or clearing a name lets go of what it held. */
export class DeviceStore implements Disposable {
  readonly #held = new Map<string, Shared>();

  set(name: string, value: Shared): void {
    value.acquire();
    this.#held.get(name)?.release();
    this.#held.set(name, value);
  }

  get(name: string): Shared {
    const found = this.#held.get(name);
    if (found === undefined) throw graphErrors.GRAPH_INVALID({ after: "sampling", problem: `no value for the input \`${name}\`` });
    return found;
  }

  /** All names with what they hold. */
  entries(): Iterable<readonly [string, Shared]> {
    return this.#held.entries();
  }

  has(name: string): boolean {
    return this.#held.has(name);
  }

  delete(matches: (name: string) => boolean): void {
    for (const [name, shared] of [...this.#held]) {
      if (!matches(name)) continue;
      this.#held.delete(name);
      shared.release();
    }
  }

  [Symbol.dispose](): void {
    this.delete(() => true);
  }
}
