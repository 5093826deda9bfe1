import { describe, expect, it } from "vitest";
import { lists } from "../src/torture/lists/index.js";
import { mutated } from "../src/torture/mutation.js";
import { torture, type TortureList } from "../src/torture/torture-list.js";
import fc from "fast-check";

/** Lists whose few quick cases may all end alike; one of the others that does tries nothing. */
const alike: ReadonlySet<string> = new Set(["writes", "kills", "folder-kills", "session", "nodes", "queue", "slurm"]);

/** The quick size of every list. */
describe.each(Object.keys(lists))("torture: %s", (name) => {
  it("holds", async () => {
    const list = await lists[name]!();
    const { failure, cases, counts } = await list.run(1, "quick");
    expect(failure).toBeUndefined();
    expect(cases).toBe(list.cases.quick);
    if (!alike.has(name)) expect(Object.keys(counts).length).toBeGreaterThan(1);
  }, 180_000);
});

describe("the runner", () => {
  const failing = (): TortureList<number> => ({
    name: "failing",
    promise: "no number is above 100",
    cases: { quick: 200, full: 200 },
    generator: fc.nat(100_000),
    check: (n) => {
      if (n > 100) throw new Error(`${n} is above 100`);
      return "small";
    },
  });

  it("finds the smallest failing case, the same for the same seed", async () => {
    const [first, again] = [await torture(failing(), 7, "quick"), await torture(failing(), 7, "quick")];
    expect(first.failure).toContain("Counterexample: [101]");
    expect(first.failure).toContain("seed: 7");
    expect(again.failure).toBe(first.failure);
  });

  it("changes bytes where a share of their length says", () => {
    const edits = [
      { kind: "set", at: 0.5, bytes: Uint8Array.of(9) },
      { kind: "cut", at: 0, length: 1 },
      { kind: "insert", at: 1, bytes: Uint8Array.of(7) },
    ] as const;
    const original = Buffer.of(1, 2, 3, 4);
    expect([...mutated([original], { original: 0, edits })]).toEqual([2, 9, 4, 7]);
    expect([...original]).toEqual([1, 2, 3, 4]);
  });
});
