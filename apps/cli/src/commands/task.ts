import { extname, join, resolve } from "node:path";
import type { NoiseLevel, PipelineObject, TaskName, TaskOptions, TaskQuality } from "leader-restore";
import { isTaskQuality, noiseOfText, noiseText, taskPipeline } from "leader-restore/supervision";
import { defined } from "@leader/graph/records";
import { errors } from "../error-codes.js";
import { exitCodes } from "../exit-codes.js";
import { chooseInputs, type SummaryRow } from "../folders.js";
import { modeline } from "../modeline.js";
import { wholeNumber } from "../options.js";
import { restore, sayTo, type RestoreOptions } from "./restore.js";

/** The options of all five tasks as the command line reads them. */
export interface TaskCommandOptions {
  readonly task: TaskName;
  readonly output: string;
  readonly quality: string;
  readonly seed: string;
  readonly samples?: string;
  readonly format?: string;
  readonly fileQuality?: string;
  readonly record?: string;
  readonly strip: boolean;
  readonly restoreAlpha?: boolean;
  readonly report?: string;
  readonly overwrite: boolean;
  readonly recursive?: boolean;
  readonly shard?: string;
  readonly summary?: string | true;
  readonly printPipeline: boolean;
  readonly parts?: string;
  readonly maxMemory?: string;
  readonly maxSeconds?: string;
  readonly json: boolean;
  readonly factor?: string;
  readonly fidelity?: string;
  readonly noise?: string;
  readonly mask?: string;
  readonly invertMask?: boolean;
  readonly kernel?: string;
  readonly gaussian?: string;
}

const suffixes: Readonly<Record<TaskName, string>> = {
  upscale: "upscaled",
  denoise: "denoised",
  inpaint: "inpainted",
  deblur: "deblurred",
  colorize: "colorized",
};

/** Runs a task on every input, or writes its pipeline; returns the exit code. */
export async function runTask(paths: readonly string[], options: TaskCommandOptions): Promise<number> {
  if (options.task !== "inpaint" || options.mask !== undefined) return await runOn(paths, options, pipelineOf(options, undefined));
  // Each picture has holes of its own, and so a pipeline of its own.
  const { inputs, journal } = await chooseInputs(paths, options, sayTo(options.json));
  if (inputs.length > 1 && !isFolder(options.output) && !options.output.includes("{name}")) {
    throw errors.USAGE({ problem: `-o names one file, but there are ${inputs.length} inputs`, hint: "let -o name a folder" });
  }
  let worst: number = exitCodes.ok;
  const rows: SummaryRow[] = [];
  for (const input of inputs) {
    const more = { chosen: { inputs: [input], journal }, rows };
    worst = Math.max(worst, await runOn([input.path], options, pipelineOf(options, input.path), more));
  }
  return worst;
}

/** A folder, also one with a dot in its name if a slash says so. */
const isFolder = (output: string): boolean => output.endsWith("/") || extname(output) === "";

async function runOn(
  paths: readonly string[],
  options: TaskCommandOptions,
  pipeline: PipelineObject,
  more: Pick<RestoreOptions, "chosen" | "rows"> = {},
): Promise<number> {
  // They are in the pipeline.
  const { samples: _samples, ...others } = options;
  if (options.printPipeline) {
    const { stringify } = await import("yaml");
    process.stdout.write(`${modeline}${stringify(pipeline)}`);
    return exitCodes.ok;
  }
  const { task, output } = options;
  const suffix = suffixes[task];
  if (!options.json) process.stderr.write(`${task}: ${summaryOf(pipeline)} (--print-pipeline writes it as YAML)\n`);
  const given: RestoreOptions = {
    ...others,
    ...more,
    output: output !== "" && isFolder(output) && !output.includes("{name}") ? join(output, `{name}.${suffix}.{ext}`) : output,
    pipeline: resolve(`${task}.yaml`),
    // JSON is YAML, and needs nothing that would have to be loaded first.
    text: JSON.stringify(pipeline, undefined, 2),
    set: [],
    param: [],
    localPlugins: false,
    inProcess: false,
    debugReference: false,
    imageIndex: false,
  };
  return await restore(paths, given);
}

function summaryOf({ operator, baseline, modulator, scheduler, noise = 0, meanOf = 1 }: PipelineObject): string {
  const name = (stage: PipelineObject["operator"] | undefined): string =>
    typeof stage?.use === "string" ? (stage.use.split("#")[1] ?? stage.use) : "";
  const begin = `${name(operator)}, noise ${noise === "auto" ? noise : noiseText(noise)}, ${name(baseline)}`;
  const mean = meanOf === 1 ? "" : `, the mean of ${meanOf} draws`;
  if (modulator !== undefined) return `${begin} with LEADer in at most ${Number(scheduler?.with?.["most"])} steps${mean}`;
  const steps = Number(scheduler?.with?.["steps"]);
  return `${begin} in ${steps} ${steps === 1 ? "step" : "steps"}`;
}

function pipelineOf(options: TaskCommandOptions, picture: string | undefined): PipelineObject {
  const common = {
    quality: qualityOf(options.quality),
    seed: wholeNumber("--seed", options.seed)!,
    ...defined({ samples: wholeNumber("--samples", options.samples, 1) }),
  };
  const drawn = fidelityOf(options);
  switch (options.task) {
    case "upscale":
      return taskPipeline("upscale", { ...common, ...drawn, factor: wholeNumber("-x", options.factor, 2)!, ...evenNoiseOf(options) });
    case "denoise":
      return taskPipeline("denoise", { ...common, ...defined({ noise: noiseOf(options) }) });
    case "inpaint":
      return taskPipeline("inpaint", { ...common, ...drawn, mask: holesOf(options, picture), invertMask: options.invertMask === true });
    case "deblur":
      return taskPipeline("deblur", { ...common, ...drawn, blur: blurOf(options), ...evenNoiseOf(options) });
    case "colorize":
      return taskPipeline("colorize", common);
    default:
      return options.task satisfies never;
  }
}

const holesOf = ({ mask }: TaskCommandOptions, picture: string | undefined): string =>
  mask === undefined ? `${resolve(picture!)}#alpha` : resolve(mask);

function qualityOf(text: string): TaskQuality {
  if (isTaskQuality(text)) return text;
  throw errors.USAGE({ problem: `--quality is draft, normal or best, received \`${text}\``, hint: "for example --quality draft" });
}

/** True for the text of a number from 0 to 1. */
const isShare = (text: string): boolean => text.trim() !== "" && Number(text) >= 0 && Number(text) <= 1;

function fidelityOf({ fidelity }: TaskCommandOptions): Pick<TaskOptions["upscale"], "fidelity"> {
  if (fidelity === undefined) return {};
  if (isShare(fidelity)) return { fidelity: Number(fidelity) };
  throw errors.USAGE({ problem: `--fidelity takes a number from 0 to 1, received \`${fidelity}\``, hint: "for example --fidelity 0.25" });
}

function noiseOf({ task, noise }: TaskCommandOptions): NoiseLevel | "auto" | undefined {
  if (noise === undefined || noise === "auto") return noise;
  const level = noiseOfText(noise);
  if (level !== undefined) return level;
  const bounds = noise.split("..").map(Number);
  const of255 = bounds.every((value) => value >= 0 && value <= 255) && bounds.some((value) => value > 1);
  if (of255 && bounds.length === 2 && task !== "denoise") throw notEven(task, noise, bounds.reduce((a, b) => a + b) / 2 / 255);
  const growing = task === "denoise" ? "0.02..0.1 from black to white" : "auto";
  const hint = of255
    ? `${noise} of 255 is --noise ${bounds.map((value) => (value / 255).toFixed(4)).join("..")}`
    : `for example --noise 0.1, or --noise ${growing}`;
  const takes = task === "denoise" ? "a number from 0 to 1, two of them from black to white, or auto" : "a number from 0 to 1 or auto";
  throw errors.USAGE({ problem: `--noise takes ${takes}, received \`${noise}\``, hint });
}

/** Noise where more than that is wrong with a picture. Errors: `USAGE` for noise that grows. */
function evenNoiseOf(options: TaskCommandOptions): Pick<TaskOptions["upscale"], "noise"> {
  const noise = noiseOf(options);
  if (typeof noise !== "object") return defined({ noise });
  throw notEven(options.task, noiseText(noise), (noise.black + noise.white) / 2);
}

const notEven = (task: string, received: string, mean: number): Error =>
  errors.USAGE({
    problem: `${task} takes noise that is the same in black and in white, received \`${received}\``,
    hint: `give one number, such as --noise ${noiseText(mean)}, or remove the noise first: leader denoise`,
  });

function blurOf({ kernel, gaussian }: TaskCommandOptions): TaskOptions["deblur"]["blur"] {
  if ((kernel === undefined) === (gaussian === undefined)) {
    throw errors.USAGE({ problem: "deblur needs to know the blur: one of --kernel and --gaussian", hint: "for example --gaussian 1.6" });
  }
  if (kernel !== undefined) return { kernel: resolve(kernel) };
  const value = Number(gaussian);
  if (!(value > 0 && value <= 100)) {
    throw errors.USAGE({
      problem: `--gaussian takes a number of pixels above 0, received \`${gaussian!}\``,
      hint: "for example --gaussian 1.6",
    });
  }
  return { gaussian: value };
}
