import { defined } from "@leader/graph";
import { noiseOfText, taskPipeline, type PipelineObject, type TaskName, type TaskOptions } from "leader-restore";
import { stringify } from "yaml";
import { z } from "zod";
import { errors } from "../error-codes.js";
import { priorities } from "../jobs/runner.js";

/** Params that one request may set. */
export const mostParams = 20;

/** A number or a switch, also as the text that forms and queries send. */
const number = (schema: z.ZodNumber): z.ZodType<number> =>
  z.preprocess((value) => (typeof value === "string" && value.trim() !== "" ? Number(value) : value), schema);
const flag = z.union([z.boolean(), z.stringbool({ truthy: ["true", "1"], falsy: ["false", "0"] })]);
/** Noise that grows, as the text that options take: `0.02..0.1`. */
const growing = z
  .string()
  .regex(/\.\./u)
  .transform((text, context) => {
    const level = noiseOfText(text);
    if (level !== undefined) return level;
    context.issues.push({ code: "custom", input: text, message: "expected two numbers from 0 to 1 that do not fall, such as 0.02..0.1" });
    return z.NEVER;
  });
const noise = z.union([z.literal("auto"), number(z.number().min(0).max(1)), growing]);

/** Params, `name=value` each as on the command line. */
const param = z.preprocess(
  (value) => (typeof value === "string" ? [value] : value),
  z
    .array(
      z
        .string()
        .max(1024)
        .regex(/^[A-Za-z][\w-]*=/u, "expected name=value"),
    )
    .max(mostParams),
);

/** What a request says beside its picture: in the query, or as fields of a form. */
export const requestFields = z.strictObject({
  task: z.enum(["upscale", "denoise", "inpaint", "deblur", "colorize"]).optional().describe("what to do; or give `pipeline`"),
  pipeline: z
    .string()
    .min(1)
    .max(65_536)
    .optional()
    .describe("a pipeline as YAML or JSON, in place of `task`; its files are named upload:NAME"),
  param: param.optional().describe("pipeline: sets one of its params, as name=value such as factor=2; repeated for others"),
  quality: z.enum(["draft", "normal", "best"]).optional().describe("how much is computed for a task; default normal"),
  factor: number(z.number().int().min(2).max(16)).optional().describe("upscale: how many times larger per side; default 4"),
  fidelity: number(z.number().min(0).max(1))
    .optional()
    .describe("upscale, inpaint, deblur: from perceptual (0) to faithful (1); default 0.75, of inpaint 1"),
  noise: noise
    .optional()
    .describe(
      "upscale, denoise, deblur: standard deviation of the noise for pictures in [0,1], or auto; denoise: also one in black and one in white, 0.02..0.1, between which it grows",
    ),
  gaussian: number(z.number().positive().max(100))
    .optional()
    .describe("deblur: standard deviation of a Gaussian blur in pixels; or send the file `kernel`"),
  invertMask: flag.optional().describe("inpaint: white is missing in the file `mask`, in place of black"),
  seed: number(z.number().int().min(0).max(4_294_967_295))
    .optional()
    .describe("seed of the noise: the same request and seed give the same picture"),
  previewEvery: number(z.number().int().min(1)).optional().describe("send a preview every so many steps; default none"),
  priority: z.enum(priorities).optional().describe("what is restored first of what waits; default normal"),
  uncertainty: flag.optional().describe("also keep a map of the predicted standard deviation"),
});

export type RequestFields = z.output<typeof requestFields>;

/** The options that each task takes beside those of all tasks. */
const optionsOf: { readonly [K in TaskName]: readonly (keyof RequestFields)[] } = {
  upscale: ["factor", "fidelity", "noise"],
  denoise: ["noise"],
  inpaint: ["invertMask", "fidelity"],
  deblur: ["gaussian", "fidelity", "noise"],
  colorize: [],
};

/** The estimator of tasks without LEADer, which has one: exact for every method, at one more pass of the network per step. */
const estimator = { use: "leader#jvp" } as const;

/** The fields that only a task has. */
const ofTasks = ["quality", "factor", "fidelity", "noise", "gaussian", "invertMask"] as const;

/** The pipeline that a request asks for. */
export interface RequestedPipeline {
  readonly text: string;
  /** What its params are set to, as texts. */
  readonly params: Readonly<Record<string, string>>;
  /** The holes are the transparent pixels of the picture itself. */
  readonly ownHoles: boolean;
}

/** How pipelines name a file that is sent along. */
export const uploadName = (field: string): string => `upload:${field}`;

/**
 * The pipeline of a request: stated, or that of its task. Errors: `FIELD`.
 * @param uploads names of the files that are sent along.
 */
export function requestedPipeline(fields: RequestFields, uploads: ReadonlySet<string>): RequestedPipeline {
  const { task, pipeline } = fields;
  if ((task === undefined) === (pipeline === undefined)) throw errors.FIELD({ field: "task", problem: "give either a task or a pipeline" });
  const taken: readonly string[] = task === undefined ? [] : ["quality", ...optionsOf[task]];
  const strange = ofTasks.find((name) => fields[name] !== undefined && !taken.includes(name));
  if (strange !== undefined) {
    const problem =
      task === undefined ? "it belongs to a task; a pipeline says it in its own words" : `the task ${task} has no such option`;
    throw errors.FIELD({ field: strange, problem });
  }
  const params = paramsOf(fields);
  if (task === undefined) return { text: pipeline!, params, ownHoles: false };
  const plain = pipelineOf(task, fields, uploads);
  const made = { ...plain, ...(fields.uncertainty === true && plain.modulator === undefined ? { uncertainty: estimator } : {}) };
  return { text: stringify(made, { indent: 2 }), params, ownHoles: task === "inpaint" && !uploads.has("mask") };
}

/** Errors: `FIELD`. */
function paramsOf({ task, param: texts = [] }: RequestFields): Readonly<Record<string, string>> {
  const refuse = (problem: string): never => {
    throw errors.FIELD({ field: "param", problem });
  };
  if (task !== undefined && texts.length > 0) refuse("it sets a param of a pipeline; a task has options of its own");
  const params = new Map<string, string>();
  for (const text of texts) {
    const at = text.indexOf("=");
    const name = text.slice(0, at);
    if (params.has(name)) refuse(`\`${name}\` is set twice`);
    params.set(name, text.slice(at + 1));
  }
  return Object.fromEntries(params);
}

function pipelineOf(task: TaskName, fields: RequestFields, uploads: ReadonlySet<string>): PipelineObject {
  const { quality = "normal", factor = 4 } = fields;
  const { noise } = fields;
  if (task !== "denoise" && typeof noise === "object")
    throw errors.FIELD({ field: "noise", problem: `the task ${task} takes noise that is the same in black and in white` });
  const even = typeof noise === "object" ? {} : defined({ noise });
  const fidelity = defined({ fidelity: fields.fidelity });
  switch (task) {
    case "upscale":
      return taskPipeline(task, { quality, factor, ...even, ...fidelity });
    case "denoise":
      return taskPipeline(task, { quality, ...defined({ noise }) });
    case "inpaint": {
      const mask = uploads.has("mask") ? uploadName("mask") : `${uploadName("picture")}#alpha`;
      return taskPipeline(task, { quality, mask, invertMask: fields.invertMask === true, ...fidelity });
    }
    case "deblur":
      return taskPipeline(task, { quality, blur: blurOf(fields, uploads), ...even, ...fidelity });
    case "colorize":
      return taskPipeline(task, { quality });
    default:
      return task satisfies never;
  }
}

function blurOf({ gaussian }: RequestFields, uploads: ReadonlySet<string>): TaskOptions["deblur"]["blur"] {
  if (uploads.has("kernel") === (gaussian !== undefined))
    throw errors.FIELD({ field: "gaussian", problem: "deblur needs to know the blur: give either a number or the file `kernel`" });
  return gaussian === undefined ? { kernel: uploadName("kernel") } : { gaussian };
}
