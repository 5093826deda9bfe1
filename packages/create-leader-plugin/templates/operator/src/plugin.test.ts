import { createStage, describeOperator, describePlugin } from "@leader/core/testing";
import { expect, it } from "vitest";
import manifest from "../package.json" with { type: "json" };
import plugin, { leaderStageNameOperator } from "./index.js";

describePlugin(plugin, manifest, { load: () => import("./plugin.js") });
describeOperator("every second row", () => leaderStageNameOperator({ every: 2 }).at({ shape: [1, 2, 6, 5], dtype: "float32" }));
describeOperator("every third row", () => leaderStageNameOperator({ every: 3 }).at({ shape: [2, 1, 6, 4], dtype: "float32" }));

it("finds the image of a measurement, and refuses a height that does not fit", async () => {
  const factory = await createStage(plugin.stages["leader-stage-name"], {});
  expect(factory.imageFor({ shape: [1, 3, 8, 16], dtype: "float32" }).shape).toEqual([1, 3, 16, 16]);
  expect(() => factory.at({ shape: [1, 3, 7, 8], dtype: "float32" })).toThrow("divisible by 2");
});
