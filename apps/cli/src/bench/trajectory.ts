import type { HostTensor } from "@leader/graph";
import { defined } from "@leader/graph/records";
import type { PipelineEvent } from "@leader/core";
import { psnr } from "@leader/metrics";
import type { TrajectoryPoint } from "./unit.js";

type Preview = Extract<PipelineEvent, { type: "preview" }>;

/** Follows a run by its events: how good the estimate of the clean image is, and how sure the pipeline is of it. */
export class TrajectoryRecorder {
  readonly points: TrajectoryPoint[] = [];
  readonly #reference: HostTensor;
  readonly #previews = new Map<number, Preview>();
  readonly #metric = psnr();

  constructor(reference: HostTensor) {
    this.#reference = reference;
  }

  async see(event: PipelineEvent): Promise<void> {
    if (event.type === "preview") this.#previews.set(event.step, event);
    if (event.type !== "step-end") return;
    const preview = this.#previews.get(event.step);
    if (preview === undefined) return;
    this.#previews.delete(event.step);
    const uncertainty = event.observed["uncertainty"];
    const value = await this.#metric.measure(imageOf(preview, this.#reference.shape[1]!), this.#reference);
    this.points.push({ evaluations: event.evaluations, psnr: value, ...defined({ uncertainty }) });
  }
}

/** The picture of a preview; grey ones repeat their value. */
function imageOf({ width, height, rgb }: Preview, channels: number): HostTensor {
  const plane = width * height;
  const data = Float32Array.from(
    { length: channels * plane },
    (_, i) => (2 * rgb[3 * (i % plane) + Math.min(2, Math.floor(i / plane))]!) / 255 - 1,
  );
  return { shape: [1, channels, height, width], dtype: "float32", data };
}
