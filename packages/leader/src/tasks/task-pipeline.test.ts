import { defined } from "@leader/graph/records";
import { describe, expect, it } from "vitest";
import type { PipelineObject, StageObject } from "../host/types.js";
import { taskPipeline, taskQualities, type TaskQuality } from "./task-pipeline.js";

const qualities = [undefined, "draft", "normal", "best"] as const;
const steps = (quality: TaskQuality | undefined, task: "denoise" | "colorize"): unknown =>
  taskPipeline(task, defined({ quality })).scheduler?.with?.["steps"];

describe("the quality of a task", () => {
  it("is its number of steps, of which LEADer takes at most so many", () => {
    const most = (quality?: TaskQuality): unknown => taskPipeline("upscale", defined({ quality })).scheduler?.with?.["most"];
    expect(qualities.map(most)).toEqual([20, 10, 20, 60]);
    expect(qualities.map((quality) => steps(quality, "denoise"))).toEqual([4, 1, 4, 10]);
  });

  it("is the number of draws of colours, for which more steps make none better", () => {
    expect(qualities.map((quality) => steps(quality, "colorize"))).toEqual([20, 20, 20, 20]);
    const draws = qualities.map((quality) => taskPipeline("colorize", defined({ quality })).operator?.with?.["small"]);
    expect(draws).toEqual([16, 4, 16, 64].map((count) => ({ side: 48, draws: count })));
  });
});

it("draws more noise afresh where a picture is smooth, by kernels alone", () => {
  const textureOf = (blur: Parameters<typeof taskPipeline<"deblur">>[1]["blur"]): unknown =>
    taskPipeline("deblur", { blur }).modulator?.with?.["texture"];
  expect([textureOf({ kernel: "k.png" }), textureOf({ gaussian: 1.6 })]).toEqual([0.02, undefined]);
  expect(taskPipeline("upscale", { noise: 0.02 }).modulator?.with?.["texture"]).toBeUndefined();
});

it("is told in words", () => {
  const { draft, normal, best } = taskQualities.deblur;
  expect([draft, normal, best]).toEqual(["10 steps at most", "20 steps at most", "60 steps at most"]);
  expect(Object.values(taskQualities.denoise)).toEqual(["1 step", "4 steps", "10 steps"]);
  expect(Object.values(taskQualities.colorize)).toEqual(["4 draws", "16 draws", "64 draws"]);
});

describe("the best quality of a task", () => {
  const drawn = ({ meanOf, modulator, scheduler }: PipelineObject): unknown => [
    meanOf,
    (modulator as StageObject).with?.["fidelity"],
    scheduler?.with?.["most"],
  ];

  it("is the mean of three draws where there is noise, each of which dares more", () => {
    const blurs = [{ gaussian: 1.6 }, { kernel: "kernel.png" }];
    for (const blur of blurs) {
      expect(drawn(taskPipeline("deblur", { blur, quality: "best" }))).toEqual([3, 0.25, 20]);
      expect(drawn(taskPipeline("deblur", { blur }))).toEqual([undefined, 0.75, 20]);
    }
    expect(drawn(taskPipeline("upscale", { noise: "auto", quality: "best", fidelity: 1 }))).toEqual([3, 0.5, 20]);
  });

  it("is more steps without noise, and where little fidelity was asked for", () => {
    expect(drawn(taskPipeline("upscale", { quality: "best" }))).toEqual([undefined, 0.75, 60]);
    expect(drawn(taskPipeline("deblur", { blur: { gaussian: 1.6 }, noise: 0, quality: "best" }))).toEqual([undefined, 0.75, 60]);
    expect(drawn(taskPipeline("deblur", { blur: { gaussian: 1.6 }, fidelity: 0.25, quality: "best" }))).toEqual([undefined, 0.25, 60]);
  });
});

describe("the fidelity of a task", () => {
  it("is what is stated, or 0.75, or 1 for holes, where it is seldom right to invent", () => {
    const fidelity = (pipeline: PipelineObject): unknown => (pipeline.modulator as StageObject).with?.["fidelity"];
    expect(fidelity(taskPipeline("upscale", {}))).toBe(0.75);
    expect(fidelity(taskPipeline("inpaint", { mask: "holes.png" }))).toBe(1);
    expect(fidelity(taskPipeline("inpaint", { mask: "holes.png", fidelity: 0.25 }))).toBe(0.25);
  });
});

describe("denoising", () => {
  it("starts at the noise of the picture, and draws noise only where several results are wanted", () => {
    const eta = (samples?: number): unknown => taskPipeline("denoise", defined({ samples })).baseline?.with?.["eta"];
    expect(taskPipeline("denoise", {}).scheduler?.use).toBe("leader#from-noise");
    expect([eta(), eta(1)]).toEqual([0, 0]);
    expect(eta(2)).toBeGreaterThan(0.5);
    expect(taskPipeline("denoise", { quality: "draft", samples: 2 }).scheduler?.with?.["steps"]).toBe(4);
    expect(taskPipeline("denoise", { samples: 3 }).samples).toBe(3);
  });
});

describe("deblurring", () => {
  it("mirrors the picture at its border, whatever the blur: a photograph goes on beyond it", () => {
    for (const blur of [{ gaussian: 1.6 }, { kernel: "kernel.png" }]) {
      expect(taskPipeline("deblur", { blur }).operator?.with?.["boundary"]).toBe("reflect");
    }
  });
});
