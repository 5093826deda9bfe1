import { describe, expect, it } from "vitest";
import { taskPipeline, type TaskQuality } from "./task-pipeline.js";

const steps = (quality: TaskQuality | undefined, task: "denoise" | "colorize"): unknown =>
  taskPipeline(task, quality === undefined ? {} : { quality }).scheduler?.with?.["steps"];

describe("the quality of a task", () => {
  it("is its number of steps", () => {
    expect(([undefined, "draft", "normal", "best"] as const).map((quality) => steps(quality, "denoise"))).toEqual([20, 10, 20, 100]);
  });

  it("takes no more steps for colours than make them better", () => {
    expect(([undefined, "draft", "normal", "best"] as const).map((quality) => steps(quality, "colorize"))).toEqual([20, 15, 20, 20]);
  });
});
