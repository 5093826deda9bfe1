import type { HostTensor } from "@leader/graph";
import type { PipelineEventBody, SamplerRun } from "@leader/core";
import { toRgb8 } from "../../picture/write-picture.js";

/** The first image of [N,C,H,W] in [-1,1] as 8-bit RGB, for people to see; what is not three colours is shown grey by its first channel. */
export function previewEvent(x0: HostTensor, step: number): Extract<PipelineEventBody, { type: "preview" }> {
  const size = x0.shape.slice(1).reduce((a, b) => a * b, 1);
  return { type: "preview", step, ...toRgb8({ ...x0, data: x0.data.subarray(0, size) }) };
}

/** Tells of a preview every so many steps; of none where that is not said. */
export const previewsFor = (every: number | undefined, emit: (event: PipelineEventBody) => void): SamplerRun["preview"] =>
  every === undefined ? undefined : { every, show: (x0, step) => emit(previewEvent(x0, step)) };
