import { defined, Once, type HostTensor } from "@leader/graph";
import { createPipeline, loadPipeline, parsePipeline, type Pipeline } from "../host/pipeline.js";
import type {
  PipelineExtension,
  PipelineObject,
  PipelineOptions,
  RestoreOptions,
  RestoreResult,
  Session,
  SessionOptions,
} from "../host/types.js";
import { errors } from "../error-codes.js";
import { mostSamples } from "../host/envelope.js";
import { readInput, type RestorerInput } from "./input.js";
import { ProgressMeter, type Progress } from "./progress.js";
import { Restoration } from "./restoration.js";
import { Restored } from "./restored.js";
import { asMeasured } from "../picture/result-picture.js";
import { SpreadMeter } from "./spread.js";
import { contentKey } from "../picture/content-key.js";
import type { Picture } from "../picture/picture.js";
import { withRestoredAlpha } from "../tasks/restored-alpha.js";
import { givenSamples, pictureHandling, type PictureHandling } from "../tasks/picture-handling.js";
import { pipelineOfTask, type TaskObject } from "../tasks/task-pipeline.js";

/** What to restore with: the path of a pipeline file, its YAML text (recognised by its line breaks), the same as an object, or a task by name. */
export type RestorerSource = string | PipelineObject | PipelineExtension | TaskObject;

export interface RestorerOptions extends PipelineOptions, SessionOptions {
  /** Folder of the paths in a pipeline that is not a file. Default: the working directory. */
  readonly directory?: string;
}

/** How one picture is restored. */
export interface RestorationOptions extends Omit<RestoreOptions, "record"> {
  /** Restorations of the measurement, the k-th with noise of the number `image` + k. Default: the pipeline's `samples`. */
  readonly samples?: number;
  /** Restore the transparency of a picture too, as a grey picture, in place of carrying it along and resizing it. Default `false`. */
  readonly restoreAlpha?: boolean;
}

/** Size of the pictures that will come: of the inputs, not of the results. */
export interface InputSize {
  readonly width: number;
  readonly height: number;
  /** Default 3. */
  readonly channels?: 1 | 3;
}

/** Restores pictures, one after the other, in a process of its own that keeps the network loaded. */
export interface Restorer extends AsyncDisposable {
  readonly pipeline: Pipeline;
  /** Errors, when awaited: those of reading the input and of the run; a cancelled one rejects with `RUN_CANCELLED` and costs the next nothing. */
  restore(input: RestorerInput, options?: RestorationOptions): Restoration;
  /** Loads the network and compiles for pictures of a size, so that the first of them need not wait for it. */
  warmUp(size: InputSize): Promise<void>;
  /** Ends the process. Pictures that wait are refused. */
  close(): Promise<void>;
}

/**
 * Reads and checks a pipeline and makes a restorer of it; the process starts with the first picture or `warmUp`.
 * Errors: `ConfigError`, `TASK_UNKNOWN`.
 */
export async function createRestorer(source: RestorerSource, options: RestorerOptions = {}): Promise<Restorer> {
  return new PipelineRestorer(await pipelineOf(source, options), options);
}

async function pipelineOf(source: RestorerSource, options: RestorerOptions): Promise<Pipeline> {
  const { isolate: _isolate, limits: _limits, directory = process.cwd(), ...rest } = options;
  if (typeof source !== "string") return await createPipeline("task" in source ? pipelineOfTask(source) : source, { ...rest, directory });
  return source.includes("\n") ? await parsePipeline(source, `${directory}/pipeline.yaml`, rest) : await loadPipeline(source, rest);
}

class PipelineRestorer implements Restorer {
  readonly pipeline: Pipeline;
  readonly #session: Once<Session>;

  constructor(pipeline: Pipeline, { isolate, limits }: SessionOptions) {
    this.pipeline = pipeline;
    this.#session = new Once(() => pipeline.open(defined({ isolate, limits })));
  }

  restore(input: RestorerInput, options: RestorationOptions = {}): Restoration {
    return new Restoration(async (tell) => {
      const read = await readInput(input);
      const handling = pictureHandling(this.pipeline.config);
      const array = "measurement" in read ? read.measurement : undefined;
      const y =
        "measurement" in read
          ? await this.pipeline.measurementFromArray(read.measurement)
          : await this.pipeline.measurementFromPicture(givenSamples(read.picture, handling).samples);
      const measurement = { shape: y.shape, dtype: y.dtype };
      const { restoreAlpha = false, ...others } = options;
      const found = "picture" in read ? read.picture : undefined;
      const picture = found !== undefined && restoreAlpha ? await this.#withAlpha(found, handling, others, tell) : found;
      const measured = await this.pipeline.measured(measurement);
      const source = { mark: read.mark, handling, restoreAlpha, measurement, ...defined({ picture, array, measured }) };
      const results = await this.#sample(y, others, tell);
      const stored = array ?? picture!.tensor;
      const asSeen = (result: RestoreResult): RestoreResult => ({
        ...result,
        image: asMeasured(result.image, stored, y, result.image.shape[1]),
      });
      const [first, ...more] = [asSeen(results[0]), ...results.slice(1).map(asSeen)] as const;
      if (more.length === 0) return new Restored(first, source);
      const meter = new SpreadMeter();
      for (const { image } of [first, ...more]) meter.add(image);
      return new Restored(first, source, { samples: more.map((result) => new Restored(result, source)), spread: meter.finish() });
    });
  }

  /** The noise of transparency is keyed by its own content, as the command line does it. */
  async #withAlpha(
    picture: Picture,
    handling: PictureHandling,
    { image: _image, interim: _interim, ...options }: RestorationOptions,
    tell: (progress: Progress) => void,
  ): Promise<Picture> {
    return await withRestoredAlpha(picture, handling, async (grey) => {
      const [{ image }] = await this.#sample(await this.pipeline.measurementFromPicture(grey), { ...options, samples: 1 }, tell);
      return image;
    });
  }

  /** One run after the other, in one session. */
  async #sample(
    y: HostTensor,
    { samples = this.pipeline.config.samples ?? 1, interim, ...options }: RestorationOptions,
    tell: (progress: Progress) => void,
  ): Promise<readonly [RestoreResult, ...RestoreResult[]]> {
    if (!Number.isInteger(samples) || samples < 1 || samples > mostSamples)
      throw errors.SAMPLES_COUNT({ most: mostSamples, received: samples });
    const image = options.image ?? contentKey(y);
    const session = await this.#session.get();
    const meter = new ProgressMeter(samples);
    const one = async (k: number): Promise<RestoreResult> => {
      const run = session.restore(y, { ...options, image: image + k, ...(k === 0 ? defined({ interim }) : {}) });
      for await (const event of run.events) {
        const progress = meter.see(event);
        if (progress !== undefined) tell(progress);
      }
      return await run.result;
    };
    const results: [RestoreResult, ...RestoreResult[]] = [await one(0)];
    while (results.length < samples) results.push(await one(results.length));
    return results;
  }

  async warmUp({ width, height, channels = 3 }: InputSize): Promise<void> {
    const size = channels * width * height;
    const blank: HostTensor = { shape: [1, channels, height, width], dtype: "float32", data: new Float32Array(size) };
    const session = await this.#session.get();
    const stop = new AbortController();
    const run = session.restore(await this.pipeline.measurementFromPicture(blank), { signal: stop.signal });
    // The first step begins when everything is compiled; cancelling it leaves that as it is.
    for await (const event of run.events) if (event.type === "step-start") stop.abort();
    await run.result.catch((error: unknown) => {
      if (!stop.signal.aborted) throw error;
    });
  }

  async close(): Promise<void> {
    const session = await this.#session.made?.catch(() => undefined);
    await session?.[Symbol.asyncDispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
