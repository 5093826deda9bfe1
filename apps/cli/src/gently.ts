import { setImmediate } from "node:timers/promises";

/** Milliseconds that long work keeps the event loop to itself. */
const turnMs = 15;

/** For work on lists of any length: lets everything else that waits have its turn, now and then, so that signals are answered. */
export class Breath {
  #begun = performance.now();

  /** Resolves at once, or after the others have had their turn. */
  async take(): Promise<void> {
    if (performance.now() - this.#begun < turnMs) return;
    await setImmediate();
    this.#begun = performance.now();
  }
}

/** Texts that are sorted at once. */
const runLength = 1000;

/** A sorted copy, in the order of `sort`. */
export async function sortedGently(texts: readonly string[]): Promise<readonly string[]> {
  const breath = new Breath();
  let runs: (readonly string[])[] = [];
  for (let i = 0; i < texts.length; i += runLength) {
    runs.push(texts.slice(i, i + runLength).sort());
    await breath.take();
  }
  while (runs.length > 1) {
    const merged: (readonly string[])[] = [];
    for (let i = 0; i < runs.length; i += 2) merged.push(await mergedOf(runs[i]!, runs[i + 1] ?? [], breath));
    runs = merged;
  }
  return runs[0] ?? [];
}

async function mergedOf(a: readonly string[], b: readonly string[], breath: Breath): Promise<readonly string[]> {
  const all: string[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const fromA = j >= b.length || (i < a.length && a[i]! <= b[j]!);
    all.push(fromA ? a[i++]! : b[j++]!);
    if (all.length % runLength === 0) await breath.take();
  }
  return all;
}
