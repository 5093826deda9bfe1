import { defined } from "@leader/graph/records";
import { describe, expect, it } from "vitest";
import { taskPipeline, type TaskQuality } from "./task-pipeline.js";

const qualities = [undefined, "draft", "normal", "best"] as const;
const steps = (quality: TaskQuality | undefined, task: "upscale" | "denoise" | "colorize"): unknown =>
  taskPipeline(task, defined({ quality })).scheduler?.with?.["steps"];

describe("the quality of a task", () => {
  it("is its number of steps", () => {
    expect(qualities.map((quality) => steps(quality, "upscale"))).toEqual([20, 10, 20, 100]);
    expect(qualities.map((quality) => steps(quality, "denoise"))).toEqual([4, 1, 4, 10]);
  });

  it("is the number of draws of colours, for which more steps make none better", () => {
    expect(qualities.map((quality) => steps(quality, "colorize"))).toEqual([20, 20, 20, 20]);
    const draws = qualities.map((quality) => taskPipeline("colorize", defined({ quality })).operator?.with?.["small"]);
    expect(draws).toEqual([16, 4, 16, 64].map((count) => ({ side: 48, draws: count })));
  });
});

describe("fidelity", () => {
  const guided = (fidelity?: number) => taskPipeline("upscale", defined({ fidelity, quality: "draft" as const }));

  it("restores with LEADer, by a method whose share of fresh noise is left to it, and without it is absent", () => {
    expect(guided(0).modulator).toEqual({ use: "leader#ucpm", with: { fidelity: 0 } });
    expect(guided(0).scheduler).toEqual({ use: "leader#satp", with: { most: 10 } });
    expect(guided().modulator).toBeUndefined();
    expect(taskPipeline("colorize", { fidelity: 0.5 }).modulator).toEqual({ use: "leader#ucpm", with: { fidelity: 0.5 } });
    const kernel = taskPipeline("deblur", { blur: { kernel: "k.png" }, fidelity: 1 });
    // Beyond, noisy pictures lose PSNR again.
    expect(kernel.modulator?.with).toEqual({ fidelity: 0.75 });
    expect(taskPipeline("upscale", { noise: "auto", fidelity: 1 }).modulator?.with).toEqual({ fidelity: 0.75 });
    expect(Object.keys(kernel.baseline.with ?? {})).not.toContain("zeta");
  });
});

describe("denoising", () => {
  it("takes fewer steps the more faithful it is to be", () => {
    const stepsAt = (fidelity: number, quality: TaskQuality) => taskPipeline("denoise", { fidelity, quality }).scheduler?.with?.["steps"];
    expect([0, 0.3, 0.7, 1].map((fidelity) => stepsAt(fidelity, "draft"))).toEqual([4, 3, 2, 1]);
    expect([0, 0.5, 1].map((fidelity) => stepsAt(fidelity, "best"))).toEqual([10, 6, 1]);
    expect(taskPipeline("denoise", { fidelity: 0 }).modulator).toBeUndefined();
  });

  it("starts at the noise of the picture, and draws noise only where several results are wanted", () => {
    const eta = (samples?: number): unknown => taskPipeline("denoise", defined({ samples })).baseline?.with?.["eta"];
    expect(taskPipeline("denoise", {}).scheduler?.use).toBe("leader#from-noise");
    expect([eta(), eta(1)]).toEqual([0, 0]);
    expect(eta(2)).toBeGreaterThan(0.5);
    expect(taskPipeline("denoise", { quality: "draft", samples: 2 }).scheduler?.with?.["steps"]).toBe(4);
    expect(taskPipeline("denoise", { samples: 3 }).samples).toBe(3);
  });
});
