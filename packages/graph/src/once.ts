/**
 * What is made when it is first asked for, and then kept: whoever asks meanwhile gets the same. A failure is told to those who asked, and not
 * kept: the next to ask has it made anew.
 * @typeParam A what making it takes of the one who asks first, such as where to warn
 */
export class Once<T, A extends readonly unknown[] = []> {
  readonly #make: (...first: A) => Promise<T>;
  #made: Promise<T> | undefined;

  constructor(make: (...first: A) => Promise<T>) {
    this.#make = make;
  }

  /** What is made or being made; undefined if nobody has asked yet, or after a failure. */
  get made(): Promise<T> | undefined {
    return this.#made;
  }

  get(...first: A): Promise<T> {
    if (this.#made !== undefined) return this.#made;
    const making = this.#make(...first);
    this.#made = making;
    making.catch(() => (this.#made = undefined));
    return making;
  }
}
