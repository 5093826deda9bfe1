import fc from "fast-check";

/** How much is tried: seconds with the tests, or for as long as it takes. */
export type Size = "quick" | "full";

/** A kind of hostile input. A case that is not dealt with as promised makes `check` throw. */
export interface TortureList<T> {
  readonly name: string;
  /** What must hold for every case. */
  readonly promise: string;
  readonly cases: Readonly<Record<Size, number>>;
  readonly generator: fc.Arbitrary<T>;
  /** Tried first, each once, and counted among the cases: a list of known cases is all examples. */
  readonly examples?: readonly T[];
  /** Returns what became of a case, or of each of its parts, to be counted: `refused`, `read`, ... */
  check(value: T): Promise<string | readonly string[]> | string;
  /** Lets go of processes and folders. */
  close?(): Promise<void>;
}

/** Which cases are tried. */
export interface Chosen {
  readonly seed: number;
  readonly size: Size;
  /** Numbers of known cases, from 1 on: these alone. */
  readonly numbers?: readonly number[];
}

/** What came of a list. */
export interface Outcome {
  readonly name: string;
  readonly cases: number;
  readonly counts: Readonly<Record<string, number>>;
  /** How to see the failure again, and the smallest case that shows it. */
  readonly failure?: string;
}

/** A list whose cases nobody needs to know the type of. */
export interface RunnableList {
  readonly promise: string;
  readonly cases: Readonly<Record<Size, number>>;
  /** Errors: the list has no known cases of the chosen numbers. */
  run(chosen: Chosen): Promise<Outcome>;
}

/** A list as something that can be run. */
export const runnable = <T>(list: TortureList<T>): RunnableList => ({
  promise: list.promise,
  cases: list.cases,
  run: (chosen) => torture(list, chosen),
});

/** Tries a list; the same seed and size give the same cases. */
export async function torture<T>(list: TortureList<T>, { seed, size, numbers }: Chosen): Promise<Outcome> {
  const known = chosenExamples(list, numbers);
  const counts: Record<string, number> = {};
  const property = fc.asyncProperty(list.generator, async (value) => {
    const outcome = await list.check(value);
    for (const one of typeof outcome === "string" ? [outcome] : outcome) counts[one] = (counts[one] ?? 0) + 1;
  });
  try {
    const examples = known.map((value): [T] => [value]);
    const numRuns = numbers === undefined ? list.cases[size] : known.length;
    const result = await fc.check(property, { seed, numRuns, endOnFailure: false, examples });
    const failure = result.failed ? { failure: `${String(result.errorInstance)}\n${fc.defaultReportMessage(result) ?? ""}` } : {};
    return { name: list.name, cases: result.numRuns, counts, ...failure };
  } finally {
    await list.close?.();
  }
}

function chosenExamples<T>({ name, examples = [] }: TortureList<T>, numbers: readonly number[] | undefined): readonly T[] {
  const most = examples.length;
  return (numbers ?? examples.map((_, i) => i + 1)).map((number) => {
    if (number < 1 || number > most) throw new RangeError(`${name} has ${most} known cases, and none of the number ${number}`);
    return examples[number - 1]!;
  });
}
