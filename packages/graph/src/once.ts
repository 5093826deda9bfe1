/**
 * What is made when it is first asked for, and then kept: whoever asks meanwhile gets the same. A failure is told to those who asked, and not
 * kept: the next to ask has it made anew.
 */
export class Once<T> {
  readonly #make: () => Promise<T>;
  #made: Promise<T> | undefined;

  constructor(make: () => Promise<T>) {
    this.#make = make;
  }

  /** What is made or being made; undefined if nobody has asked yet, or after a failure. */
  get made(): Promise<T> | undefined {
    return this.#made;
  }

  get(): Promise<T> {
    if (this.#made !== undefined) return this.#made;
    const making = this.#make();
    this.#made = making;
    making.catch(() => (this.#made = undefined));
    return making;
  }
}
