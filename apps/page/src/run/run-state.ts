import type { Failure } from "../api/failure.js";
import { isRecord } from "../api/records.js";
import type { ServerEvent } from "../api/event-stream.js";
import { previewOf, progressOf, restorationOf, type Report, type Restoration, type Step } from "../api/views.js";
import { emptyFilm, withFrame, type Film } from "./film.js";

/** What came of a restoration. Addresses are those of blobs of this page. */
export interface Outcome {
  readonly picture: string;
  readonly report: Report;
  /** The pipeline as YAML. */
  readonly pipeline: string;
  readonly uncertainty?: { readonly picture: string; readonly largest: number };
}

/** Where this page stands with a restoration. */
export interface RunState {
  readonly phase: "idle" | "sending" | "following" | "over";
  readonly restoration?: Restoration;
  readonly film: Film;
  /** The steps so far; of a picture that is restored part by part, those of the part at hand. */
  readonly trace: readonly Step[];
  readonly outcome?: Outcome;
  readonly failure?: Failure;
  /** The service does not answer at the moment; it is asked again. */
  readonly lost: boolean;
}

export const idle: RunState = { phase: "idle", film: emptyFilm, trace: [], lost: false };

export const isOver = ({ state }: Restoration): boolean => state !== "queued" && state !== "running";

/** The state after an event of the service. */
export function afterEvent(state: RunState, { event, data }: ServerEvent): RunState {
  const value: unknown = JSON.parse(data);
  if (!isRecord(value)) return state;
  if (event === "state") return { ...state, restoration: restorationOf(value), lost: false };
  if (event === "preview") return { ...state, film: withFrame(state.film, previewOf(value)), lost: false };
  if (event !== "progress" || state.restoration === undefined) return state;
  const progress = progressOf(value);
  return { ...state, restoration: { ...state.restoration, progress }, trace: progress.steps.reduce(withStep, state.trace), lost: false };
}

/** A step that comes again, or with a number that was passed, begins a new part or a new try. */
const withStep = (trace: readonly Step[], step: Step): readonly Step[] => [...trace.filter((before) => before.step < step.step), step];

/** A line that says how it stands, for those who look and those who listen. */
export function statusLine({ phase, restoration, failure, lost }: RunState): string {
  if (phase === "idle") return "";
  if (phase === "sending") return "Sending the picture";
  if (lost) return "The connection is interrupted; trying again";
  if (restoration === undefined) return failure === undefined ? "Looking for the restoration" : failure.message;
  const { progress } = restoration;
  switch (restoration.state) {
    case "queued":
      return "Waiting for its turn";
    case "running":
      return progress === undefined || progress.maxSteps === 0 ? "Beginning" : `Step ${progress.step} of ${progress.maxSteps}`;
    case "completed":
      return "Restored";
    case "failed":
      return "The restoration failed";
    case "cancelled":
      return "Cancelled";
  }
}

/** Seconds as people say them: "about 5 s", "about 3 min". */
export function roughly(seconds: number): string {
  if (seconds < 1) return "less than 1 s";
  if (seconds < 90) return `about ${Math.round(seconds)} s`;
  return `about ${Math.round(seconds / 60)} min`;
}

/**
 * What is said aloud: changes of the state, and every quarter of the way. A line for each step would talk over everything else.
 */
export function spokenLine(state: RunState): string {
  const { restoration } = state;
  const fraction = restoration?.progress?.fraction ?? 0;
  if (restoration?.state !== "running" || state.lost) return statusLine(state);
  const quarter = Math.floor(4 * fraction) * 25;
  return quarter === 0 ? "Restoring" : `${quarter} percent`;
}
