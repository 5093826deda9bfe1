import { psnr, type MetricIdentity } from "@leader/metrics";
import { describe, expect, it } from "vitest";
import type { Bench } from "./bench-file.js";
import { judge } from "./claims.js";
import { Reduction } from "./reduce.js";
import { benchSchema } from "./schema.js";
import type { Unit, UnitRecord } from "./unit.js";

const stage = { use: "a#b" };
const pictures = 8;
const file = benchSchema.parse({
  apiVersion: "leader-bench/v1",
  title: "t",
  images: { path: "p", size: 8 },
  tasks: { task: { operator: stage } },
  methods: { base: { baseline: stage }, ours: { baseline: stage, against: "base" } },
  metrics: [{ use: "psnr" }],
  claims: [
    { text: "better", method: "ours", than: "base", metric: "psnr" },
    { text: "worse", method: "base", than: "ours", metric: "psnr" },
    { text: "hardly worse", method: "base", than: "ours", metric: "psnr", noWorseBy: 5 },
  ],
});
const bench = { file, quick: false, directory: "/", images: Array.from({ length: pictures }, (_, i) => `${i}.png`) } as unknown as Bench;
const unitOf = (method: string, number: number): Unit => ({
  id: `${method}${number}`,
  method,
  task: "task",
  image: String(number),
  number,
  path: "",
  seed: 0,
  cell: number,
});
const units = ["base", "ours"].flatMap((method) => bench.images.map((_, number) => unitOf(method, number)));
const readings = new Map([["psnr", psnr()]]);

function recordOf({ id, method, image }: Unit, value: number | undefined, identity: MetricIdentity = psnr().identity): UnitRecord {
  const head = { type: "unit", unit: id, method, task: "task", image, seed: 0 } as const;
  if (value === undefined) return { ...head, status: "failed", error: { code: "X", message: "x" }, temporary: false };
  const cost = {
    seconds: { load: 0, compile: 0, sampling: 1, network: 1, update: 0 },
    warm: true,
    peakMemoryMiB: 1,
    backend: "b",
    outcome: "completed",
  };
  return { ...head, ...cost, status: "ok", evaluations: 10, metrics: { psnr: { identity, value } } };
}

const recordsWith = (value: (unit: Unit) => number | undefined, identity?: (unit: Unit) => MetricIdentity) =>
  new Map(units.map((unit) => [unit.id, recordOf(unit, value(unit), identity?.(unit))]));
/** Pictures differ by far more than methods do. */
const gain = ({ method, number }: Unit): number => 20 + 5 * number + (method === "ours" ? 1 + 0.1 * number : 0);

describe("reducing", () => {
  it("pairs by picture, so that a small gain on every picture is seen", () => {
    const table = new Reduction(bench, units, recordsWith(gain), readings).table();
    const change = table.tasks[0]!.rows[1]!.against!.differences["psnr"]!;
    expect(change.mean).toBeCloseTo(1.35, 10);
    expect(change.significant).toBe(true);
  });

  it("counts failures, and leaves what failed out of means and pairs", () => {
    const records = recordsWith((unit) => (unit.id === "ours7" ? undefined : gain(unit)));
    const [base, ours] = new Reduction(bench, units, records, readings).table().tasks[0]!.rows;
    expect([base!.failed, ours!.failed, ours!.units]).toEqual([0, 1, pictures]);
    expect([base!.values["psnr"]!.n, ours!.values["psnr"]!.n, ours!.against!.differences["psnr"]!.n]).toEqual([8, 7, 7]);
  });

  it("refuses a column of two identities", () => {
    const records = recordsWith(gain, ({ id }) => (id === "ours3" ? psnr({ crop: 4 }) : psnr()).identity);
    expect(() => new Reduction(bench, units, records, readings)).toThrow(/the column psnr would mix values that cannot be compared/u);
  });

  it("judges claims by their interval", () => {
    const reduction = new Reduction(bench, units, recordsWith(gain), readings);
    const verdicts = judge(bench, reduction.table(), reduction).map(({ verdict }) => verdict);
    expect(verdicts).toEqual(["holds", "does not hold", "holds"]);
    const equal = new Reduction(
      bench,
      units,
      recordsWith(({ number }) => number),
      readings,
    );
    expect(judge(bench, equal.table(), equal).map(({ verdict }) => verdict)).toEqual(["not significant", "not significant", "holds"]);
  });
});
