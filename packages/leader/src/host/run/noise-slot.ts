import type { NoiseRequest } from "@leader/core";

/** How far a draw in shared memory has come; `passed` is one that was withdrawn, and that the thread will not look at again. */
export const slotState = { asked: 0, working: 1, ready: 2, withdrawn: 3, passed: 4 } as const;

/** A draw that two threads share: its state and its numbers in one block of memory. */
export interface NoiseSlot {
  readonly request: NoiseRequest;
  readonly memory: SharedArrayBuffer;
}

const headerBytes = 8;

export const slotBytes = (elements: number): number => headerBytes + 4 * elements;
export const stateOf = (memory: SharedArrayBuffer): Int32Array => new Int32Array(memory, 0, 1);
export const numbersOf = (memory: SharedArrayBuffer): Float32Array => new Float32Array(memory, headerBytes);
