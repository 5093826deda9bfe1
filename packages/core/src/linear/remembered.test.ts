import { keepIn } from "@leader/graph";
import { afterEach, describe, expect, it } from "vitest";
import { denseMatrix } from "./dense.js";
import { remembered, type Remembered } from "./remembered.js";

const matrix = denseMatrix(2, 2, (r, c) => r + c / 3);
const slowly = (): void => {
  const start = performance.now();
  while (performance.now() - start < 30);
};

/** Twice the entries, and how often they were computed. */
function doubled(pause: () => void = slowly): Remembered<Float64Array> & { readonly times: () => number } {
  let times = 0;
  return {
    times: () => times,
    compute: () => {
      times++;
      pause();
      return matrix.data.map((x) => 2 * x);
    },
    arrays: (made) => [made, Float64Array.of(1)],
    made: ([made, one]) => (made?.length === 4 && one?.[0] === 1 ? made : undefined),
  };
}

function memory(): Map<string, Uint8Array> {
  const kept = new Map<string, Uint8Array>();
  keepIn({ get: (key) => kept.get(key), put: (key, bytes) => void kept.set(key, bytes) });
  return kept;
}

describe("remembered", () => {
  afterEach(() => keepIn(undefined));

  it("computes once, and gives back every bit", () => {
    const kept = memory();
    const one = doubled();
    const first = remembered("double", matrix, [1], one);
    expect([...remembered("double", matrix, [1], one)]).toEqual([...first]);
    expect(one.times()).toBe(1);
    expect([...kept.keys()].every((key) => /^double-[0-9a-f]{64}$/u.test(key))).toBe(true);
    remembered("double", matrix, [2], one);
    remembered(
      "double",
      denseMatrix(2, 2, () => 1),
      [1],
      one,
    );
    expect(one.times()).toBe(3);
  });

  it("keeps nothing that is computed sooner than read, and nothing without a place", () => {
    const kept = memory();
    remembered(
      "double",
      matrix,
      [],
      doubled(() => undefined),
    );
    expect(kept.size).toBe(0);
    keepIn(undefined);
    const one = doubled();
    remembered("double", matrix, [], one);
    remembered("double", matrix, [], one);
    expect(one.times()).toBe(2);
  });

  it.each([[new Uint8Array(0)], [new Uint8Array(7)], [new Uint8Array(8).fill(255)], [new Uint8Array(Float64Array.of(9, 1).buffer)]])(
    "computes again what does not fit: %#",
    (bytes) => {
      keepIn({ get: () => bytes, put: () => undefined });
      const one = doubled();
      expect([...remembered("double", matrix, [], one)]).toEqual([...matrix.data.map((x) => 2 * x)]);
      expect(one.times()).toBe(1);
    },
  );
});
