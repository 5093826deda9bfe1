import { ProgressMeter, type Progress } from "leader-restore";
import type { PipelineEvent } from "@leader/core";
import { memberOf } from "@leader/graph";
import type { PreviewEvent } from "./protocol.js";

/** What a process that restores tells those who wait. */
export type Told =
  { readonly type: "progress"; readonly progress: Progress } | { readonly type: "preview"; readonly preview: PreviewEvent };

/** Reads what a restoring process emits, and passes on what there is to tell. */
export function followEvents(tell: (told: Told) => void): (event: unknown) => void {
  const meter = new ProgressMeter();
  return (event) => {
    if (memberOf(event, "type") === "preview") {
      tell({ type: "preview", preview: event as PreviewEvent });
      return;
    }
    const progress = meter.see(event as PipelineEvent);
    if (progress !== undefined) tell({ type: "progress", progress });
  };
}
