import { describe, expect, it } from "vitest";
import { lists } from "../src/torture/lists/index.js";
import { mutated } from "../src/torture/mutation.js";
import { torture, type TortureList } from "../src/torture/torture-list.js";
import fc from "fast-check";
import { numbersIn } from "../src/torture/numbers-in.js";

/** Lists whose few quick cases may all end alike; one of the others that does tries nothing. */
const alike: ReadonlySet<string> = new Set(["writes", "kills", "folder-kills", "session", "nodes", "queue", "slurm"]);

/** The quick size of every list. */
describe.each(Object.keys(lists))("torture: %s", (name) => {
  it("holds", async () => {
    const list = await lists[name]!();
    const { failure, cases, counts } = await list.run({ seed: 1, size: "quick" });
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
    const [first, again] = [await torture(failing(), { seed: 7, size: "quick" }), await torture(failing(), { seed: 7, size: "quick" })];
    expect(first.failure).toContain("Counterexample: [101]");
    expect(first.failure).toContain("seed: 7");
    expect(again.failure).toBe(first.failure);
  });

  it("tries known cases by their numbers, and these alone", async () => {
    const tried: number[] = [];
    const list = { ...failing(), examples: [11, 12, 13, 14], check: (n: number): string => `tried ${tried.push(n)}` };
    expect(await torture(list, { seed: 7, size: "full", numbers: numbersIn("2,4") })).toMatchObject({ cases: 2 });
    expect(tried).toEqual([12, 14]);
    await expect(torture(list, { seed: 7, size: "full", numbers: [5] })).rejects.toThrow("4 known cases");
    expect([numbersIn("1,5-8"), numbersIn("3-"), numbersIn("x")]).toEqual([[1, 5, 6, 7, 8], [], []]);
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
