import { failureOf, type Failure } from "./failure.js";
import { defined, isRecord, listOf, numberOf, recordOf, textOf, type Fields } from "./records.js";

export const states = ["queued", "running", "completed", "failed", "cancelled"] as const;
export type State = (typeof states)[number];

export interface Progress {
  /** From 0 to 1. */
  readonly fraction: number;
  readonly etaSeconds?: number;
  readonly step: number;
  readonly maxSteps: number;
  readonly evaluations: number;
  /** Those that were finished since it was told before. */
  readonly steps: readonly Step[];
}

/** A restoration as the service tells of it. */
export interface Restoration {
  readonly id: string;
  readonly state: State;
  readonly progress?: Progress;
  readonly width: number;
  readonly height: number;
  readonly error?: Failure;
  /** Whether a map of uncertainty was asked for. */
  readonly uncertainty: boolean;
}

/** The posterior mean at a step. */
export interface Preview {
  readonly step: number;
  readonly width: number;
  readonly height: number;
  /** A data URL. */
  readonly image: string;
}

/** One step of the sampler. */
export interface Step {
  readonly step: number;
  /** Standard deviation of the noise that it began with, for pictures in [-1,1]. */
  readonly sigma?: number;
  /** Mean predicted variance, where an estimator was asked. */
  readonly uncertainty?: number;
  /** Network evaluations so far. */
  readonly evaluations?: number;
  /** In the report: the noise level that the step began at, an index of the schedule, and that which it led to. */
  readonly from?: number;
  readonly to?: number;
}

export interface Report {
  readonly steps: readonly Step[];
  readonly evaluations: number;
  readonly seconds: number;
  readonly backend: string;
  /** Standard deviation for pictures in [0,1]: of even noise, or in black and in white. */
  readonly noise?: readonly number[];
  readonly notes: readonly string[];
  readonly peakMemoryMiB?: number;
  /** The whole answer, to be taken along. */
  readonly text: string;
}

/** What the service says about itself. */
export interface About {
  readonly version: string;
  readonly tasks: readonly string[];
  /** What each quality of each task takes, in words. */
  readonly qualities: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Endings of the picture files that it reads. */
  readonly pictures: readonly string[];
  readonly bytes: number;
  readonly pixels: number;
  readonly keepSeconds: number;
}

export function progressOf(fields: Fields): Progress {
  return {
    fraction: numberOf(fields, "fraction") ?? 0,
    ...defined({ etaSeconds: numberOf(fields, "etaSeconds") }),
    step: numberOf(fields, "step") ?? 0,
    maxSteps: numberOf(fields, "maxSteps") ?? 0,
    evaluations: numberOf(fields, "evaluations") ?? 0,
    steps: listOf(fields, "steps").filter(isRecord).map(stepOf),
  };
}

/** Reads a restoration. @throws Error if it is none */
export function restorationOf(value: unknown): Restoration {
  const state = isRecord(value) ? states.find((name) => name === value["state"]) : undefined;
  if (!isRecord(value) || state === undefined) throw new Error("the service answered with something that is no restoration");
  const { progress, error } = value;
  const size = recordOf(value, "result");
  return {
    id: textOf(value, "id"),
    state,
    ...(isRecord(progress) ? { progress: progressOf(progress) } : {}),
    width: numberOf(size, "width") ?? 1,
    height: numberOf(size, "height") ?? 1,
    ...(isRecord(error) ? { error: failureOf(error, 0) } : {}),
    uncertainty: "uncertainty" in recordOf(value, "links"),
  };
}

export function previewOf(fields: Fields): Preview {
  return {
    step: numberOf(fields, "step") ?? 0,
    width: numberOf(fields, "width") ?? 1,
    height: numberOf(fields, "height") ?? 1,
    image: textOf(fields, "image"),
  };
}

export function reportOf(value: unknown): Report {
  const fields = isRecord(value) ? value : {};
  const seconds = Object.entries(recordOf(fields, "seconds")).flatMap(([part, time]) =>
    // The time in the network and in the update is part of sampling.
    ["load", "compile", "sampling"].includes(part) && typeof time === "number" ? [time] : [],
  );
  return {
    steps: listOf(fields, "steps").filter(isRecord).map(stepOf),
    evaluations: numberOf(fields, "evaluations") ?? 0,
    seconds: seconds.reduce((sum, time) => sum + time, 0),
    backend: textOf(fields, "backend"),
    ...defined({ noise: noiseOf(fields) }),
    notes: listOf(fields, "notes").filter((note) => typeof note === "string"),
    ...defined({ peakMemoryMiB: numberOf(fields, "peakMemoryMiB") }),
    text: JSON.stringify(value, undefined, 2),
  };
}

function noiseOf(fields: Fields): readonly number[] | undefined {
  const even = numberOf(fields, "noise");
  if (even !== undefined) return [even];
  const growing = recordOf(fields, "noise");
  const [black, white] = [numberOf(growing, "black"), numberOf(growing, "white")];
  return black === undefined || white === undefined ? undefined : [black, white];
}

const stepOf = (fields: Fields): Step => ({
  step: numberOf(fields, "step") ?? 0,
  ...defined({
    sigma: numberOf(fields, "sigma"),
    uncertainty: numberOf(fields, "uncertainty") ?? numberOf(recordOf(fields, "observed"), "uncertainty"),
    evaluations: numberOf(fields, "evaluations"),
    from: numberOf(fields, "from"),
    to: numberOf(recordOf(fields, "decision"), "to"),
  }),
});

export function aboutOf(value: unknown): About {
  const fields = isRecord(value) ? value : {};
  const [limits, qualities] = [recordOf(fields, "limits"), recordOf(fields, "qualities")];
  return {
    version: textOf(fields, "version"),
    tasks: listOf(fields, "tasks").filter((task) => typeof task === "string"),
    qualities: Object.fromEntries(Object.keys(qualities).map((task) => [task, textsOf(recordOf(qualities, task))])),
    pictures: listOf(fields, "pictures").filter((ending) => typeof ending === "string"),
    bytes: numberOf(limits, "bytes") ?? Infinity,
    pixels: numberOf(limits, "pixels") ?? Infinity,
    keepSeconds: numberOf(fields, "keepSeconds") ?? 0,
  };
}

/** The members that are texts. */
const textsOf = (fields: Fields): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(fields).flatMap(([key, value]) => (typeof value === "string" ? [[key, value]] : [])));
