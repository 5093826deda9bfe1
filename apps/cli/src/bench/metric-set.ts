import { resolve } from "node:path";
import { type Backend, defined, equalShapes, type HostTensor } from "@leader/graph";
import type { StageEnvironment } from "@leader/core";
import { readOrdinaryFile, type RecordedFrame, type RecordOptions } from "leader-restore";
import {
  lpips,
  metricErrors,
  msSsim,
  psnr,
  residual,
  residualOf,
  ssim,
  type LpipsMetric,
  type Metric,
  type MetricIdentity,
  type MetricReading,
  type MetricValue,
} from "@leader/metrics";
import { calibrate, squaredErrorMap, varianceMap } from "../report/calibration.js";
import type { Warn } from "../worker/warnings.js";
import type { Bench } from "./bench-file.js";
import { nameOfMetric, type MetricChoice } from "./schema.js";

/** What a restoration is measured by. */
export interface Restored {
  readonly image: HostTensor;
  readonly reference: HostTensor;
  readonly y: HostTensor;
  /** What the prior expected in some steps, if a metric judges it. */
  readonly frames: readonly RecordedFrame[];
  /** A x for an image x. */
  readonly project: (x: HostTensor) => Promise<HostTensor>;
  /** The result of another method for the same task, picture and seed. */
  readonly resultOf: (method: string) => Promise<HostTensor>;
}

interface NamedMetric extends MetricReading {
  readonly name: string;
  readonly identity: MetricIdentity;
  measure(restored: Restored): Promise<number>;
}

/** Steps of a run that are kept where a metric judges predictions. */
const recordedSteps = 12;

const distanceReading: MetricReading = { better: "lower", unit: "", digits: 6 };

/** The metrics of a bench, with what they hold while it runs. */
export class MetricSet implements AsyncDisposable {
  readonly list: readonly NamedMetric[];
  readonly #networks: readonly LpipsMetric[];
  readonly #judgesPredictions: boolean;
  readonly #backend: Backend | undefined;

  private constructor(
    list: readonly NamedMetric[],
    networks: readonly LpipsMetric[],
    backend: Backend | undefined,
    judgesPredictions: boolean,
  ) {
    this.#judgesPredictions = judgesPredictions;
    this.list = list;
    this.#networks = networks;
    this.#backend = backend;
  }

  /** @param warn told what is to be known about the processor that LPIPS runs on */
  static async open({ file, directory }: Bench, warn: Warn): Promise<MetricSet> {
    const backend = file.metrics.some(({ use }) => use === "lpips") ? await processorBackend(warn) : undefined;
    const networks: LpipsMetric[] = [];
    const list: NamedMetric[] = [];
    for (const choice of file.metrics) {
      if (choice.use !== "lpips") list.push(named(choice));
      else {
        const network = lpips(await readOrdinaryFile(resolve(directory, choice.file!)), choice.file!, backend!);
        networks.push(network);
        list.push(fullReference(choice, network));
      }
    }
    const judgesPredictions = file.metrics.some(({ use }) => use === "rank-correlation");
    return new MetricSet(list, networks, backend, judgesPredictions);
  }

  /** What a run has to keep for these metrics. */
  get record(): { readonly record?: RecordOptions } {
    return this.#judgesPredictions ? { record: { frames: recordedSteps } } : {};
  }

  async measure(restored: Restored): Promise<Readonly<Record<string, MetricValue>>> {
    const values: Record<string, MetricValue> = {};
    for (const metric of this.list) values[metric.name] = { identity: metric.identity, value: await metric.measure(restored) };
    return values;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const network of this.#networks) await network[Symbol.asyncDispose]();
    await this.#backend?.[Symbol.asyncDispose]();
  }
}

function named(choice: Exclude<MetricChoice, { readonly use: "lpips" }>): NamedMetric {
  const options = {
    ...defined({ colour: choice.colour, crop: choice.crop }),
  };
  switch (choice.use) {
    case "psnr":
      return fullReference(choice, psnr(options));
    case "ssim":
      return fullReference(choice, ssim({ ...options, ...defined({ window: choice.window }) }));
    case "ms-ssim":
      return fullReference(choice, msSsim(options));
    case "residual":
      return { ...residual, name: nameOfMetric(choice), measure: async ({ image, y, project }) => residualOf(await project(image), y) };
    case "distance":
      return distance(choice, choice.to!);
    case "rank-correlation":
      return rankCorrelation(choice, choice.over ?? "blocks");
    case "lpips":
      throw new TypeError("LPIPS is made from its file");
    default:
      return choice.use satisfies never;
  }
}

const fullReference = (choice: MetricChoice, metric: Metric): NamedMetric => ({
  name: nameOfMetric(choice),
  identity: metric.identity,
  better: metric.better,
  unit: metric.unit,
  digits: metric.digits,
  measure: ({ image, reference }) => metric.measure(image, reference),
});

/** Root mean square of the difference from another method's result, in units of images in [0,1], not clamped. */
const distance = (choice: MetricChoice, to: string): NamedMetric => ({
  ...distanceReading,
  name: nameOfMetric(choice),
  identity: { name: "distance", version: 1, colour: "rgb", range: "[0,1] units, not clamped", crop: 0, variant: `to ${to}` },
  async measure({ image, resultOf }) {
    const other = await resultOf(to);
    if (!equalShapes(other.shape, image.shape)) {
      throw metricErrors.SHAPES_DIFFER({
        metric: "distance",
        expected: `[${other.shape.join(",")}]`,
        received: `[${image.shape.join(",")}]`,
      });
    }
    let sum = 0;
    for (const [i, value] of image.data.entries()) sum += (value - other.data[i]!) ** 2;
    return Math.sqrt(sum / image.data.length) / 2;
  },
});

/**
 * Spearman's rank correlation between the predicted variance and the squared error of the same posterior mean, averaged over the
 * recorded steps. A step in which the prediction is one number for all pixels orders nothing, and counts as 0.
 */
const rankCorrelation = (choice: MetricChoice, over: "blocks" | "pixels"): NamedMetric => ({
  better: "higher",
  unit: "",
  digits: 3,
  name: nameOfMetric(choice),
  identity: {
    name: "rank correlation",
    version: 1,
    colour: "rgb",
    range: "[-1,1], not clamped",
    crop: 0,
    variant: `variance with squared error, ${over === "blocks" ? "8x8 blocks" : "pixels"}, up to ${recordedSteps} steps`,
  },
  measure: ({ frames, reference }) => {
    const values = frames.map((frame) => {
      const { byBlock, byPixel } = calibrate(varianceMap(frame)!, squaredErrorMap(frame, reference));
      return (over === "blocks" ? byBlock : byPixel) ?? 0;
    });
    return Promise.resolve(values.reduce((a, b) => a + b, 0) / values.length);
  },
});

/** LPIPS always runs on the processor: where a bench computes must not decide how it is measured. */
async function processorBackend(warn: Warn): Promise<Backend> {
  const { default: plugin } = await import("@leader/backend-onnx");
  const stage = plugin.stages.cpu;
  const options = await stage.options["~standard"].validate({});
  if (options.issues !== undefined) throw new TypeError("the processor backend refuses its defaults");
  const environment: Pick<StageEnvironment, "warn"> = { warn };
  return await stage.create(options.value, environment as StageEnvironment);
}
