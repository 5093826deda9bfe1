import { psnr } from "@leader/metrics";
import { describe, expect, it } from "vitest";
import type { Bench } from "./bench-file.js";
import { curvesOf, judgeFrontiers } from "./frontier.js";
import { frontierPlot } from "./frontier-plot.js";
import { Reduction } from "./reduce.js";
import { benchSchema } from "./schema.js";
import { expandSweeps } from "./sweep.js";
import type { Unit, UnitRecord } from "./unit.js";

const stage = { use: "a#b" };
const pictures = 8;
const sweep = { grid: { "baseline.with.eta": [0.3, 0.6, 0.9] } };
const file = benchSchema.parse({
  apiVersion: "leader-bench/v1",
  title: "t",
  images: { path: "p", size: 8 },
  tasks: { task: { operator: stage } },
  methods: { host: { baseline: stage, sweep }, ours: { baseline: stage, sweep } },
  metrics: [{ use: "psnr" }, { use: "psnr", name: "lpips" }],
  frontiers: [{ method: "ours", than: "host" }],
});
const { methods, points } = expandSweeps(file.methods);
const bench = { file: { ...file, methods }, points, images: Array.from({ length: pictures }, (_, i) => `${i}.png`) } as unknown as Bench;

/** PSNR falls by 10 dB per unit of LPIPS gained; pictures differ by far more than methods do. */
function values(
  method: string,
  picture: number,
  gain: number,
  sharper = 0,
  spread = 0.1,
): { readonly psnr: number; readonly lpips: number } {
  const point = Number(method.split(".")[1]);
  const own = method.startsWith("ours") ? gain * (1 + spread * Math.sin(picture)) : 0;
  const lower = method.startsWith("ours") ? sharper : 0;
  return { psnr: 20 + 4 * picture + point + own, lpips: 0.1 + 0.02 * picture + 0.1 * point - lower };
}

function reductionWith(gain: number, sharper = 0, spread = 0.1): Reduction {
  const units = Object.keys(methods).flatMap((method) =>
    bench.images.map((_, number): Unit => ({
      id: `${method} ${number}`,
      method,
      task: "task",
      image: String(number),
      number,
      path: "",
      seed: 0,
      cell: number,
    })),
  );
  const { identity } = psnr();
  const records = units.map(({ id, method, image, number }): readonly [string, UnitRecord] => {
    const made = values(method, number, gain, sharper, spread);
    const head = { type: "unit", unit: id, method, task: "task", image, seed: 0, status: "ok", evaluations: 15 } as const;
    const metrics = { psnr: { identity, value: made.psnr }, lpips: { identity, value: made.lpips } };
    return [id, { ...head, metrics, seconds: {} as never, warm: true, peakMemoryMiB: 1, backend: "b", outcome: "completed" }];
  });
  return new Reduction(
    bench,
    units,
    new Map(records),
    new Map([
      ["psnr", psnr()],
      ["lpips", psnr()],
    ]),
  );
}

describe("frontiers", () => {
  it("are curves of the swept methods, with means over pictures", () => {
    const [host, ours] = curvesOf(bench, "task", reductionWith(0.5));
    expect([host!.origin, ours!.origin]).toEqual(["host", "ours"]);
    expect(host!.points.map(({ label }) => label)).toEqual(["eta 0.3", "eta 0.6", "eta 0.9"]);
    expect(host!.points[1]!.psnr).toBeCloseTo(20 + 14 + 2, 10);
  });

  it.each([
    [0.5, "dominates"],
    [-0.5, "is dominated"],
  ] as const)("see a gain of %f dB at equal LPIPS on every picture: %s", (gain, verdict) => {
    const [judged] = judgeFrontiers(bench, reductionWith(gain));
    expect(judged!.verdict).toBe(verdict);
    expect(judged!.psnr!.mean).toBeCloseTo(gain, 1);
    // 1 dB is worth 0.1 of LPIPS on these curves; the outermost point has no place of equal PSNR.
    expect(judged!.lpips!.mean).toBeCloseTo(-gain / 10, 2);
    expect(judged!.points).toHaveLength(3);
  });

  it("compare a point that beats a whole curve with the best of its points, measure by measure", () => {
    // 3 dB more and 0.5 of LPIPS less: every point is beyond the curve, whose best points lie 2 dB and 0.2 from its worst.
    const [judged] = judgeFrontiers(bench, reductionWith(3, 0.5));
    expect(judged).toMatchObject({ verdict: "dominates", atLeast: true });
    const [first] = judged!.points;
    expect(first).toMatchObject({ verdict: "dominates", atLeast: true });
    expect(first!.psnr!.mean).toBeCloseTo(3 - 2, 1);
    expect(first!.lpips!.mean).toBeCloseTo(-0.5, 10);
  });

  it("are dominated by points whose gain in one measure is certain, and in the other only on average", () => {
    // 0.3 dB over the best point on average, and -1.8 to 2.1 for single pictures.
    const [judged] = judgeFrontiers(bench, reductionWith(2.2, 0.5, 0.9));
    const [first] = judged!.points;
    expect(first).toMatchObject({ atLeast: true, verdict: "dominates", psnr: { significant: false }, lpips: { significant: true } });
  });

  it("do not judge a point that is sharper than a whole curve, and further from the original", () => {
    const [judged] = judgeFrontiers(bench, reductionWith(-3, 0.5));
    expect(judged!.points.map(({ verdict }) => verdict)).toEqual(["out of reach", "out of reach", "out of reach"]);
    expect(judged).toMatchObject({ verdict: "out of reach", atLeast: false });
  });

  it("find no difference between equal curves", () => {
    const [judged] = judgeFrontiers(bench, reductionWith(0));
    expect(judged!.psnr!.mean).toBeCloseTo(0, 10);
    expect(judged!.verdict).toBe("not significant");
  });

  it("are drawn with every point and its label", () => {
    const svg = frontierPlot("A <task>", curvesOf(bench, "task", reductionWith(0.5)));
    expect(svg.match(/<circle /gu)).toHaveLength(6);
    expect(svg.match(/<polyline /gu)).toHaveLength(2);
    expect(svg).toContain(">eta 0.9<");
    expect(svg).toContain("A &lt;task&gt;");
    for (const [, x] of svg.matchAll(/cx="([\d.]+)"/gu)) expect(Number(x)).toBeGreaterThan(60);
  });
});
