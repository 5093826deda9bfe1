import type { Aval } from "@leader/graph";
import { defined } from "@leader/graph/records";
import {
  loadPipeline,
  parsePipeline,
  writingBytes,
  type CheckReport,
  type Pipeline,
  type Session,
  type SessionLimits,
} from "leader-restore";
import { bundledOptions } from "../bundled.js";
import type { PipelineRequest } from "./tasks.js";

/** The pipeline of a working process and its session, which keeps networks and compiled graphs from picture to picture. */
export class OpenPipeline implements AsyncDisposable {
  readonly #options: { readonly noiseThread: boolean };
  readonly #bundled: typeof bundledOptions;
  #pipeline: Pipeline | undefined;
  #session: Session | undefined;
  #limits: SessionLimits = {};

  /** @param bundled the plugins that pipelines find without their folder */
  constructor(options: { readonly noiseThread: boolean }, bundled: typeof bundledOptions = bundledOptions) {
    this.#options = options;
    this.#bundled = bundled;
  }

  /** Reads the pipeline; plugins are imported here. Errors: `ConfigError`. */
  async open(
    { file, text, set, params = {}, localPlugins, load, memoryMiB, files, locked = false }: PipelineRequest,
    emit: (event: unknown) => void,
  ): Promise<void> {
    this.#limits = defined({ memoryMiB });
    const bundled = await this.#bundled();
    const options = { ...bundled, files: { ...files, ...bundled.files }, set, params, localPlugins, load, locked };
    this.#pipeline = await (text === undefined ? loadPipeline(file, options, emit) : parsePipeline(text, file, options, emit));
  }

  get pipeline(): Pipeline {
    if (this.#pipeline === undefined) throw new Error("no pipeline was opened");
    return this.#pipeline;
  }

  /** Checks the pipeline as it is restored under the limits, with a result that is written as PNG. Errors: those of `Pipeline.check`. */
  async check(image: Aval, emit: (event: unknown) => void): Promise<CheckReport> {
    const afterwardsMiB = writingBytes("png", image) / 2 ** 20;
    return await this.pipeline.check(image, emit, { ...this.#limits, afterwardsMiB });
  }

  async session(): Promise<Session> {
    this.#session ??= await this.pipeline.open({ isolate: false, limits: this.#limits, ...this.#options });
    return this.#session;
  }

  /** Lets the session go: after a failure the next picture gets a new one. */
  async closeSession(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.closeSession();
  }
}
