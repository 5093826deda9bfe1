import { describe, expect, it } from "vitest";
import type { Bench } from "./bench-file.js";
import { fixed, judge, signed, type Verdict } from "./claims.js";
import type { BenchTable, Column, Reduction, Row } from "./reduce.js";
import type { Claim } from "./schema.js";
import type { Difference } from "./statistics.js";

const psnr: Column = { name: "psnr", label: "PSNR", identity: "", better: "higher", unit: "dB", digits: 2 };
const residual: Column = { name: "residual", label: "residual", identity: "", better: "lower", unit: "", digits: 3 };
const rowOf = (method: string, more: Partial<Row> = {}): Row => ({
  method,
  title: method,
  skipped: false,
  units: 8,
  failed: 0,
  values: { psnr: { n: 8, mean: 30, worst: 25 }, residual: { n: 8, mean: 0.01, worst: 0.02 } },
  paper: {},
  ...more,
});

/** The judgements of one claim of `ours`, by task, given the rows of every task and the difference to `base`. */
function judged(
  claim: Partial<Claim>,
  change?: Difference,
  rows: readonly Row[] = [rowOf("ours")],
): readonly { readonly task: string; readonly verdict: Verdict; readonly evidence: string }[] {
  const claims = [{ text: "t", method: "ours", metric: "psnr", ...claim }];
  const bench = { file: { claims } } as unknown as Bench;
  const tasks = ["sr", "blur"].map((task) => ({ task, title: task, noise: 0, rows }));
  const table = { columns: [psnr, residual], tasks } as unknown as BenchTable;
  const differences: Reduction["differences"] = () => (change === undefined ? {} : { psnr: change, residual: change });
  return judge(bench, table, { differences });
}
const verdictOf = (claim: Partial<Claim>, change?: Difference): Verdict => judged({ tasks: ["sr"], ...claim }, change)[0]!.verdict;
const between = (low: number, high: number): Difference => ({ n: 8, mean: (low + high) / 2, interval: [low, high] });

describe("a claim that one method is better than another", () => {
  it.each<readonly [Verdict, Difference]>([
    ["holds", between(0.1, 0.4)],
    ["does not hold", between(-0.4, -0.1)],
    ["not significant", between(-0.1, 0.4)],
    ["not significant", between(0, 0.4)],
    ["too few pictures", { n: 3, mean: 1 }],
  ])("%s", (verdict, change) => {
    expect(verdictOf({ than: "base" }, change)).toBe(verdict);
  });

  it("turns round where less is better", () => {
    expect(verdictOf({ than: "base", metric: "residual" }, between(-0.4, -0.1))).toBe("holds");
    expect(verdictOf({ than: "base", metric: "residual" }, between(0.1, 0.4))).toBe("does not hold");
  });

  it("with a margin allows that much to be lost, whichever direction is better", () => {
    expect(verdictOf({ than: "base", noWorseBy: 0.2 }, between(-0.2, 0.1))).toBe("holds");
    expect(verdictOf({ than: "base", noWorseBy: 0.2 }, between(-0.3, 0.1))).toBe("not significant");
    expect(verdictOf({ than: "base", noWorseBy: 0.2 }, between(-0.5, -0.3))).toBe("does not hold");
    expect(verdictOf({ than: "base", noWorseBy: 0.2, metric: "residual" }, between(-0.1, 0.2))).toBe("holds");
  });

  it("says what it saw", () => {
    expect(judged({ than: "base" }, between(0.1, 0.4))[0]!.evidence).toBe("difference +0.25 on 8 picture(s)");
    expect(judged({ than: "base" })[0]).toMatchObject({ verdict: "not measured", evidence: "no pairs with base" });
  });
});

describe("a claim of a bound", () => {
  it("is about the worst unit, and a failed unit breaks it", () => {
    expect(verdictOf({ metric: "residual", atMost: 0.02 })).toBe("holds");
    expect(verdictOf({ metric: "residual", atMost: 0.019 })).toBe("does not hold");
    const [first] = judged({ metric: "residual", atMost: 0.02 }, undefined, [rowOf("ours", { failed: 1 })]);
    expect(first).toMatchObject({ verdict: "does not hold", evidence: "worst of 8 units 0.0200, 1 failed" });
  });

  it("is not measured where no unit succeeded", () => {
    const [first] = judged({ metric: "residual", atMost: 1 }, undefined, [rowOf("ours", { values: {}, failed: 8 })]);
    expect(first).toMatchObject({ verdict: "not measured", evidence: "8 of 8 units failed" });
  });
});

it("a claim is judged on every task that it speaks of and that its method does", () => {
  const bound = { metric: "residual", atMost: 1 };
  expect(judged(bound).map(({ task }) => task)).toEqual(["sr", "blur"]);
  expect(judged({ ...bound, tasks: ["blur"] }).map(({ task }) => task)).toEqual(["blur"]);
  expect(judged(bound, undefined, [rowOf("ours", { skipped: true })])).toEqual([]);
  expect(judged({ ...bound, method: "another" })).toEqual([]);
});

it("numbers keep their sign, and small ones an exponent", () => {
  expect([signed(0.5, 2), signed(-0.5, 2), signed(0, 2)]).toEqual(["+0.50", "-0.50", "+0.00"]);
  expect([fixed(0.0012, 2), fixed(Infinity, 2), fixed(-Infinity, 2)]).toEqual(["1.2e-3", "∞", "-∞"]);
});
