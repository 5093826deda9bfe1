import { describe, expect, it } from "vitest";
import { benchSchema } from "./schema.js";
import { expandSweeps } from "./sweep.js";

const stage = { use: "a#b" };
const parse = (methods: Readonly<Record<string, unknown>>): ReturnType<typeof benchSchema.safeParse> =>
  benchSchema.safeParse({
    apiVersion: "leader-bench/v1",
    title: "t",
    images: { path: "p", size: 8 },
    tasks: { task: { operator: stage } },
    methods,
    metrics: [{ use: "psnr" }],
  });
const expanded = (method: Readonly<Record<string, unknown>>) => expandSweeps(parse({ ours: { baseline: stage, ...method } }).data!.methods);

describe("a sweep", () => {
  it("makes a method of every combination of a grid, with curves along the first option", () => {
    const grid = { "modulator.with.weight": [1, 3], "scheduler.with.steps": [8, 16, 24] };
    const { methods, points } = expanded({
      modulator: { use: "leader#ucpm", with: { phi: "laplacian" } },
      scheduler: stage,
      sweep: { grid },
    });
    expect(Object.keys(methods)).toEqual(["ours.1", "ours.2", "ours.3", "ours.4", "ours.5", "ours.6"]);
    expect(methods["ours.2"]).toMatchObject({
      title: "ours, weight 1, steps 16",
      modulator: { use: "leader#ucpm", with: { phi: "laplacian", weight: 1 } },
      scheduler: { with: { steps: 16 } },
    });
    expect(methods["ours.2"]).not.toHaveProperty("sweep");
    expect(points.get("ours.2")).toEqual({ origin: "ours", curve: "ours steps 16", curveTitle: "ours, steps 16", label: "weight 1" });
    expect(new Set([...points.values()].map(({ curve }) => curve)).size).toBe(3);
  });

  it("takes pairs together, and runs along the option that it is told", () => {
    const pairs = { "modulator.with.weight": [1, 3], "baseline.with.eta": [0.9, 0.6] };
    const { methods, points } = expanded({ sweep: { pairs, along: "baseline.with.eta" } });
    expect(Object.values(methods).map(({ baseline, modulator }) => [baseline?.with?.["eta"], modulator?.with?.["weight"]])).toEqual([
      [0.9, 1],
      [0.6, 3],
    ]);
    expect(points.get("ours.2")).toMatchObject({ label: "eta 0.6", curve: "ours weight 3" });
  });

  it("reaches stages that a single task states anew", () => {
    const on = { task: { baseline: { use: "c#d", with: { keep: 1 } } } };
    const { methods } = expanded({ on, sweep: { grid: { "baseline.with.eta": [0.5] } } });
    expect(methods["ours.1"]!.on!["task"]!.baseline).toEqual({ use: "c#d", with: { keep: 1, eta: 0.5 } });
  });

  it("leaves methods without a sweep as they are", () => {
    const { methods, points } = expanded({});
    expect([Object.keys(methods), points.size]).toEqual([["ours"], 0]);
  });

  it.each([
    ["both a grid and pairs", { grid: { "baseline.with.a": [1] }, pairs: { "baseline.with.a": [1] } }],
    ["neither", {}],
    ["lists of pairs of unequal length", { pairs: { "baseline.with.a": [1, 2], "baseline.with.b": [1] } }],
    ["a path that is no option", { grid: { baseline: [1] } }],
    ["a curve along an option that is not swept", { grid: { "baseline.with.a": [1] }, along: "baseline.with.b" }],
  ])("refuses %s", (_title, sweep) => {
    expect(parse({ ours: { baseline: stage, sweep } }).success).toBe(false);
  });
});
