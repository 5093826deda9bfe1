import type { PipelineEvent, StepRecord } from "@leader/core";
import { defined } from "@leader/graph";
import type { ReportedStep } from "./protocol.js";

/** Notes what the events of a run tell about its steps beyond their records. */
export class StepNotes {
  readonly #sigmas = new Map<number, number>();
  readonly #evaluations = new Map<number, number>();

  /** Of steps with the same number, those of a picture's parts, the first counts: its record is the one that is kept. */
  see(event: PipelineEvent): void {
    if (event.type === "step-start" && !this.#sigmas.has(event.step)) this.#sigmas.set(event.step, event.sigma);
    if (event.type === "step-end" && !this.#evaluations.has(event.step)) this.#evaluations.set(event.step, event.evaluations);
  }

  addTo(steps: readonly StepRecord[]): readonly ReportedStep[] {
    return steps.map((record) => ({
      ...record,
      ...defined({ sigma: this.#sigmas.get(record.step), evaluations: this.#evaluations.get(record.step) }),
    }));
  }
}
