import { defined } from "@leader/graph/records";
import { describe, expect, it } from "vitest";
import { taskPipeline, type TaskQuality } from "./task-pipeline.js";

const steps = (quality: TaskQuality | undefined, task: "denoise" | "colorize"): unknown =>
  taskPipeline(task, quality === undefined ? {} : { quality }).scheduler?.with?.["steps"];

describe("the quality of a task", () => {
  it("is its number of steps", () => {
    expect(([undefined, "draft", "normal", "best"] as const).map((quality) => steps(quality, "denoise"))).toEqual([20, 10, 20, 100]);
  });

  it("is the number of draws of colours, for which more steps make none better", () => {
    const qualities = [undefined, "draft", "normal", "best"] as const;
    expect(qualities.map((quality) => steps(quality, "colorize"))).toEqual([20, 20, 20, 20]);
    const draws = qualities.map((quality) => taskPipeline("colorize", defined({ quality })).operator?.with?.["small"]);
    expect(draws).toEqual([16, 4, 16, 64].map((count) => ({ side: 64, draws: count })));
  });
});
