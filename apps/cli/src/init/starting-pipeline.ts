import type { PipelineObject, TaskName } from "leader-restore";
import { taskPipeline } from "leader-restore/supervision";
import { Document, isMap, isScalar } from "yaml";
import { modeline } from "../modeline.js";
import { fidelityText } from "../fidelity-text.js";

/** What a starting pipeline is about. */
interface Start {
  readonly pipeline: PipelineObject;
  readonly does: string;
  /** What can be changed of the operator, for people. */
  readonly operator: string;
  /** The estimator that LEADer needs, where it is not in the pipeline and the usual one does not fit the method. */
  readonly uncertainty?: string;
  /** Params besides the number of steps, or in its place: each takes the place of the value that the task has at its path. */
  readonly params: Readonly<Record<string, Param>>;
}

interface Param {
  readonly description: string;
  readonly type: "integer" | "number";
  readonly minimum: number;
  readonly maximum: number;
  readonly sets: string;
}

const steps: Param = {
  description: "evaluations of the network: more take longer and give more detail",
  type: "integer",
  minimum: 2,
  maximum: 1000,
  sets: "scheduler.with.steps",
};

/** LEADer chooses its steps, at most so many. */
const most: Param = {
  description: "the most evaluations of the network: more take longer and give more detail",
  type: "integer",
  minimum: 2,
  maximum: 1000,
  sets: "scheduler.with.most",
};

const fidelity: Param = {
  description: fidelityText,
  type: "number",
  minimum: 0,
  maximum: 1,
  sets: "modulator.with.fidelity",
};

const sigma: Param = {
  description: "standard deviation of the blur in pixels",
  type: "number",
  minimum: 0.3,
  maximum: 1.6,
  sets: "operator.with.sigma",
};

const factor: Param = { description: "times larger per side", type: "integer", minimum: 2, maximum: 8, sets: "operator.with.factor" };

/** The tasks of the command line, to begin with. Holes are a box, since a mask is a file that is not there yet. */
const starts: { readonly [K in TaskName]: () => Start } = {
  upscale: () => ({
    pipeline: taskPipeline("upscale", {}),
    does: "Enlarges pictures.",
    operator: "The picture was made smaller: method is bicubic or average-pool.",
    params: { steps: most, fidelity, factor },
  }),
  denoise: () => ({
    pipeline: taskPipeline("denoise", {}),
    does: "Removes noise.",
    operator: "Nothing but noise was added.",
    uncertainty: "leader#finite-difference",
    // One step from the noise of the picture is an estimate already.
    params: { steps: { ...steps, minimum: 1 } },
  }),
  inpaint: () => {
    const pipeline = taskPipeline("inpaint", { mask: "" });
    const box = { fraction: 0.3 };
    return {
      pipeline: { ...pipeline, operator: { use: pipeline.operator.use, with: { box } } },
      does: "Fills a hole.",
      operator: "A box in the middle is missing. A mask of your own, black where something is missing: `with: { mask: holes.png }`",
      params: { steps: most, fidelity },
    };
  },
  deblur: () => ({
    pipeline: taskPipeline("deblur", { blur: { gaussian: 1.6 } }),
    does: "Sharpens blurred pictures.",
    operator:
      'A Gaussian blur. Any other: `use: "@leader/operators#motion-blur"` with the picture of a point, `with: { kernel: kernel.png }`',
    params: { steps: most, fidelity, sigma },
  }),
  colorize: () => ({
    pipeline: taskPipeline("colorize", {}),
    does: "Colours grey pictures.",
    operator: "The colours were lost.",
    params: {},
  }),
};

const comments: Readonly<Record<string, string>> = {
  seed: "Seed of the noise: the same picture, pipeline and seed give the same bytes.",
  noise:
    "Noise of the pictures, a standard deviation for values in [0,1]; auto: estimated from each picture. Where nothing but noise was added, " +
    "also { black: 0.02, white: 0.1 }: it grows with brightness.",
  modulator: "LEADer corrects the prior where it is uncertain.",
  scheduler: 'The steps. `use: "leader#satp"` lets the uncertainty choose them.',
  params: "What can be set by name: --param steps=50. Any other value: --set baseline.with.option=value.",
};

/** Names of the tasks that a pipeline can start from. */
export const startingTasks = Object.keys(starts);

/** True for the name of a task. */
export const isStartingTask = (name: string): name is TaskName => Object.hasOwn(starts, name);

/** The text of a pipeline to start from. @param file what it will be called */
export function startingPipeline(task: TaskName, file: string): string {
  const { pipeline, does, operator, uncertainty, params } = starts[task]();
  const document = new Document(withParams(pipeline, { steps, ...params }));
  const { contents } = document;
  const about: Readonly<Record<string, string>> = {
    ...comments,
    baseline: pipeline.modulator === undefined ? leaderComment(uncertainty) : "The method that draws the image.",
    operator: `What was done to a clean picture. ${operator}\n\`leader plugins\` lists what can stand here and in the other places.`,
  };
  for (const pair of isMap(contents) ? contents.items : []) {
    const { key } = pair;
    if (!isScalar(key) || typeof key.value !== "string") continue;
    key.spaceBefore = key.value !== "apiVersion";
    const text = about[key.value];
    if (text !== undefined) key.commentBefore = commented(text);
  }
  const head = [does, `leader restore photo.png -p ${file}`, `leader explain ${file}: where every value comes from`];
  return `${modeline}#${head.map((line) => ` ${line}\n`).join("#")}${document.toString({ lineWidth: 0 })}`;
}

/** Lines that add LEADer, to be uncommented. */
const leaderComment = (uncertainty: string | undefined): string =>
  [
    "The method that draws the image. LEADer corrects its prior where it is uncertain: remove the sign before what follows.",
    'modulator: { use: "leader#ucpm" }',
    ...(uncertainty === undefined ? [] : [`uncertainty: { use: "${uncertainty}" }`]),
  ].join("\n");

const commented = (text: string): string =>
  text
    .split("\n")
    .map((line) => ` ${line}`)
    .join("\n");

/** What the task has at the path of a param becomes its default, and stands there alone. */
function withParams(pipeline: PipelineObject, params: Readonly<Record<string, Param>>): unknown {
  const document = new Document(pipeline);
  const declared = Object.entries(params).map(([name, { sets, ...param }]) => {
    const path = sets.split(".");
    const value = document.getIn(path);
    document.deleteIn(path);
    const left = document.getIn(path.slice(0, -1));
    if (isMap(left) && left.items.length === 0) document.deleteIn(path.slice(0, -1));
    return [name, { ...param, default: value, sets }] as const;
  });
  document.set("params", document.createNode(Object.fromEntries(declared)));
  return document.toJS();
}
