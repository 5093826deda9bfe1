import type { Decision } from "./scheduler.js";

/** How a run ended: at the clean level, by its scheduler, by its user, or with an error. */
export type RunOutcome = "completed" | "stopped" | "aborted" | "failed";

/** What a run tells while it goes. Scalars only; pictures on request. `step` counts from 0; `evaluations` are network evaluations since the start. */
export type PipelineEventBody =
  | {
      readonly type: "run-start";
      readonly configHash: string;
      readonly seed: number;
      /** "name@version" */
      readonly plugins: readonly string[];
      /** Every stage with its options after defaults, also those chosen by default. */
      readonly stages: Readonly<Record<string, { readonly use: string; readonly with: unknown }>>;
      readonly backend: string;
      readonly maxSteps: number;
    }
  | {
      readonly type: "graph-compile";
      readonly graph: string;
      readonly hash: string;
      readonly nodes: number;
      readonly backend: string;
      readonly reason: string;
    }
  /**
   * What is set up from here on, which may take long, and before `run-start` too: the stages with their networks, the operator for this size of
   * picture, the graphs, or the runtime that compiles them.
   */
  | { readonly type: "set-up"; readonly of: "stages" | "operator" | "graphs" | "runtime" }
  /** A large file of a stage is being read, `share` of it so far (0 to 1; absent: not known). Comes before `run-start`. */
  | { readonly type: "loading"; readonly file: string; readonly share?: number }
  /**
   * A large picture is restored part by part, or a picture as the mean of several draws: the steps that follow, counted from 0, are those of this
   * part, and so their evaluations. `parts` counts those of all `draws` (absent: one), which follow each other.
   */
  | { readonly type: "part-start"; readonly part: number; readonly parts: number; readonly draws?: number }
  /** `sigma`: standard deviation of the noise at the level `from`, sqrt((1 - alphaBar) / alphaBar), for pictures in [-1,1]. */
  | { readonly type: "step-start"; readonly step: number; readonly from: number; readonly sigma: number }
  /** `from`: the level at which it was decided. */
  | { readonly type: "schedule-decision"; readonly step: number; readonly from: number; readonly decision: Decision }
  | { readonly type: "step-end"; readonly step: number; readonly evaluations: number; readonly observed: Readonly<Record<string, number>> }
  | { readonly type: "preview"; readonly step: number; readonly width: number; readonly height: number; readonly rgb: Uint8Array }
  | { readonly type: "warning"; readonly code: string; readonly message: string }
  | { readonly type: "run-end"; readonly outcome: RunOutcome; readonly reason: string; readonly evaluations: number };

/** An event in its envelope: `seq` counts from 0, `ms` from the start of the run. */
export type PipelineEvent = { readonly v: 1; readonly seq: number; readonly ms: number } & PipelineEventBody;
