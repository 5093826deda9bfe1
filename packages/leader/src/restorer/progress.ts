import type { PipelineEvent } from "@leader/core";
import { defined } from "@leader/graph/records";

/** How far a restoration is. */
export interface Progress {
  /** From 0 to 1; never falls. */
  readonly fraction: number;
  /** Seconds that it will take from here at its pace so far; undefined until there is a pace. */
  readonly etaSeconds: number | undefined;
  /** Steps done. An adaptive scheduler takes fewer than `maxSteps`. */
  readonly step: number;
  readonly maxSteps: number;
  readonly evaluations: number;
  /** Standard deviation of the noise that the last finished step began with, for pictures in [-1,1]; absent until one is finished. */
  readonly sigma?: number;
  /** The mean variance that was predicted in it, U_t, for pictures in [-1,1]; absent where no estimator takes part. */
  readonly uncertainty?: number;
  /** The posterior mean so far, where `previewEvery` asked for it: 8-bit RGB, row by row. */
  readonly preview?: { readonly width: number; readonly height: number; readonly rgb: Uint8Array };
}

/**
 * Reads progress off the events of a run. The share of the work is taken from the levels that lie behind, since adaptive schedulers skip
 * steps: counted in steps, a run would stay at a third of its bar and then be over.
 */
export class ProgressMeter {
  readonly #started = performance.now();
  #firstStep: number | undefined;
  #maxSteps = 0;
  #fraction = 0;
  #step = 0;
  #evaluations = 0;
  /** Of the step that goes on, and what was observed in the last one. */
  #sigma: number | undefined;
  #observed: Pick<Progress, "sigma" | "uncertainty"> = {};
  #first = 0;
  #part = 0;
  #parts = 1;
  readonly #samples: number;
  #sample = -1;
  /** Evaluations of the samples and the parts before this one. */
  #before = 0;

  /** @param samples runs that follow each other; the fraction is of them all. */
  constructor(samples = 1) {
    this.#samples = samples;
  }

  /** The progress that an event tells of, if it does. */
  see(event: PipelineEvent): Progress | undefined {
    switch (event.type) {
      case "run-start":
        this.#begin(event.maxSteps);
        return this.#now();
      case "part-start":
        this.#before = this.#evaluations;
        this.#part = event.part;
        this.#parts = event.parts;
        this.#first = 0;
        this.#step = 0;
        return undefined;
      case "step-start":
        this.#first ||= event.from;
        this.#sigma = event.sigma;
        this.#firstStep ??= performance.now();
        return undefined;
      case "schedule-decision":
        if (event.decision.kind === "step") this.#reach(event.decision.travelTo ?? event.decision.to);
        return undefined;
      case "step-end":
        this.#step = event.step + 1;
        this.#evaluations = this.#before + event.evaluations;
        this.#observed = defined({ sigma: this.#sigma, uncertainty: event.observed["uncertainty"] });
        return this.#now();
      case "preview":
        return { ...this.#now(), preview: { width: event.width, height: event.height, rgb: event.rgb } };
      case "run-end":
        if (event.outcome === "completed" || event.outcome === "stopped") this.#fraction = (this.#sample + 1) / this.#samples;
        return this.#now();
      default:
        return undefined;
    }
  }

  #begin(maxSteps: number): void {
    this.#sample++;
    this.#before = this.#evaluations;
    this.#maxSteps = maxSteps;
    this.#observed = {};
    this.#first = 0;
    this.#step = 0;
    this.#part = 0;
    this.#parts = 1;
  }

  /** Levels fall from the first to 0: the larger of the shares by level and by steps is behind us. */
  #reach(level: number): void {
    const byLevel = this.#first === 0 ? 0 : 1 - level / this.#first;
    const bySteps = this.#maxSteps === 0 ? 0 : (this.#step + 1) / this.#maxSteps;
    const share = (this.#sample + (this.#part + Math.min(1, Math.max(byLevel, bySteps))) / this.#parts) / this.#samples;
    this.#fraction = Math.min(0.999, Math.max(this.#fraction, share));
  }

  #now(): Progress {
    const spent = (performance.now() - (this.#firstStep ?? this.#started)) / 1000;
    const known = this.#fraction > 0;
    return {
      fraction: this.#fraction,
      etaSeconds: known ? (spent * (1 - this.#fraction)) / this.#fraction : undefined,
      step: this.#step,
      maxSteps: this.#maxSteps,
      evaluations: this.#evaluations,
      ...this.#observed,
    };
  }
}
