import { expect, it } from "vitest";
import { parse } from "yaml";
import { requestedPipeline, requestFields } from "../src/http/request-fields.js";

/** Noise that grows with brightness, as a request says it. */

const pipelineOf = (fields: Readonly<Record<string, string>>): unknown =>
  parse(requestedPipeline(requestFields.parse(fields), new Set()).text);

it("is a text of two numbers, of which equal ones are one", () => {
  expect(pipelineOf({ task: "denoise", noise: "0.02..0.1" })).toMatchObject({ noise: { black: 0.02, white: 0.1 } });
  expect(pipelineOf({ task: "denoise", noise: "0.1..0.1" })).toMatchObject({ noise: 0.1 });
  expect(pipelineOf({ task: "denoise", noise: "auto" })).toMatchObject({ noise: "auto" });
  expect(pipelineOf({ task: "denoise", noise: "0.1" })).toMatchObject({ noise: 0.1 });
});

it("is refused where it falls, and of tasks where more than noise is wrong", () => {
  expect(() => pipelineOf({ task: "denoise", noise: "0.2..0.1" })).toThrow("do not fall");
  expect(() => pipelineOf({ task: "denoise", noise: "2..25" })).toThrow("0.02..0.1");
  expect(() => pipelineOf({ task: "upscale", noise: "0.02..0.1" })).toThrow("the same in black and in white");
});
