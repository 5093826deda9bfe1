import type { HostTensor } from "@leader/graph";
import type { PipelineEventBody } from "@leader/core";

/** The first image of [N,C,H,W] in [-1,1] as 8-bit RGB; one channel is shown grey, channels after the third are left out. */
export function previewEvent(x0: HostTensor, step: number): Extract<PipelineEventBody, { type: "preview" }> {
  const [, channels = 1, height = 1, width = 1] = x0.shape;
  const plane = height * width;
  const rgb = new Uint8Array(3 * plane);
  for (let c = 0; c < 3; c++) {
    const from = (channels < 3 ? 0 : c) * plane;
    for (let i = 0; i < plane; i++) rgb[3 * i + c] = Math.max(0, Math.min(255, Math.round(((x0.data[from + i]! + 1) / 2) * 255)));
  }
  return { type: "preview", step, width, height, rgb };
}
