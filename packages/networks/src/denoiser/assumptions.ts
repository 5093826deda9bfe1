import { defined, type ImageRange, type Prediction, type ScheduleSpec, type StateScaling } from "@leader/core";
import type { Checkpoint } from "../file/checkpoint.js";
import type { Recognised } from "../checkpoint/load-network.js";

/** How a network is used: what its file does not say, completed from tables and options. */
export interface Usage {
  readonly predicts: Prediction;
  readonly state: StateScaling;
  readonly range: ImageRange;
  /** `edm`: a thousand levels of Karras' grid from 0.002 to 80. */
  readonly schedule: ScheduleSpec | "edm";
  readonly clipX0: boolean;
}

/** A usage, and where each part of it comes from, for people. */
export interface Assumed {
  readonly usage: Usage;
  /** One sentence for every part that was not stated by the file or the user. */
  readonly notes: readonly string[];
}

/**
 * Completes the usage of a network. Options go before what the file says (diffusers), that before the table of published files, and
 * that before the defaults of the family.
 */
export function usageOf(
  checkpoint: Checkpoint,
  recognised: Recognised,
  stated: { readonly [K in keyof Usage]?: Usage[K] | undefined },
): Assumed {
  const base = familyUsage(recognised);
  const said = checkpoint.scheduler === undefined ? undefined : schedulerUsage(checkpoint.scheduler);
  const notes: string[] = [];
  const choose = <K extends keyof Usage>(key: K): Usage[K] => {
    const own = stated[key];
    if (own !== undefined) return own;
    const file = said?.[key];
    if (file !== undefined) return file;
    notes.push(`${key}: ${format(base[key])}`);
    return base[key];
  };
  const usage: Usage = {
    predicts: choose("predicts"),
    state: choose("state"),
    range: choose("range"),
    schedule: choose("schedule"),
    clipX0: choose("clipX0"),
  };
  return { usage, notes };
}

const format = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

function familyUsage({ network, known }: Recognised): Usage {
  const epsilon: Usage = {
    predicts: "epsilon",
    state: "variance-preserving",
    range: "[-1,1]",
    schedule: known?.schedule ?? "linear",
    clipX0: false,
  };
  if (network.architecture === "edm") return { ...epsilon, predicts: "x0", state: "variance-exploding", schedule: "edm" };
  if (network.architecture === "drunet") return { ...epsilon, predicts: "x0", state: "variance-exploding", range: "[0,1]" };
  return epsilon;
}

const predictions: Readonly<Record<string, Prediction>> = { epsilon: "epsilon", sample: "x0", v_prediction: "v" };

/** `scheduler_config.json`: what it says, absent fields with the defaults of diffusers. */
export function schedulerUsage(config: Readonly<Record<string, unknown>>): Partial<Usage> {
  const number = (key: string, fallback: number): number => (typeof config[key] === "number" ? config[key] : fallback);
  const predicts = predictions[typeof config["prediction_type"] === "string" ? config["prediction_type"] : "epsilon"];
  const clips = config["clip_sample"];
  const schedule = schedulerLevels(config, {
    steps: number("num_train_timesteps", 1000),
    start: number("beta_start", 1e-4),
    end: number("beta_end", 0.02),
    ...(config["rescale_betas_zero_snr"] === true ? { zeroTerminalSnr: true } : {}),
  });
  return {
    ...defined({ predicts, schedule }),
    ...(typeof clips === "boolean" ? { clipX0: clips } : {}),
  };
}

interface Line {
  readonly steps: number;
  readonly start: number;
  readonly end: number;
  readonly zeroTerminalSnr?: boolean;
}

function schedulerLevels(config: Readonly<Record<string, unknown>>, line: Line): ScheduleSpec | undefined {
  const zero = defined({ zeroTerminalSnr: line.zeroTerminalSnr });
  const betas = config["trained_betas"];
  if (Array.isArray(betas) && betas.every((beta) => typeof beta === "number")) return { betas, ...zero };
  switch (config["beta_schedule"] ?? "linear") {
    case "linear":
      return { linear: line };
    case "scaled_linear":
      return { scaledLinear: line };
    case "squaredcos_cap_v2":
      return { cosine: { steps: line.steps, ...zero } };
    default:
      return undefined;
  }
}
