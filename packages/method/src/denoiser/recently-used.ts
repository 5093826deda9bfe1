/** The things that were asked for last, by name; the others are let go. */
export class RecentlyUsed<T> {
  readonly #most: number;
  readonly #things = new Map<string, T>();

  /** @param most things that are kept, at least 1 */
  constructor(most: number) {
    this.#most = most;
  }

  /** How many are kept now. */
  get size(): number {
    return this.#things.size;
  }

  /** The thing of a name, made if it is not there. */
  get(name: string, make: () => T): T {
    const thing = this.#things.get(name) ?? make();
    // A map remembers the order of insertion, so the last used goes to its end.
    this.#things.delete(name);
    this.#things.set(name, thing);
    for (const oldest of this.#things.keys()) {
      if (this.#things.size <= this.#most) break;
      this.#things.delete(oldest);
    }
    return thing;
  }
}
