import { createHash } from "node:crypto";
import { parsePipeline, type Pipeline, type Session } from "leader-restore";
import { errors } from "../error-codes.js";
import type { Equipment, PipelineText } from "./protocol.js";

/** Pipelines whose networks stay loaded in one process. */
export const keptPipelines = 3;

/** What two requests must share to be restored with the same loaded network. */
export function pipelineKey({ text, params, uploads }: PipelineText): string {
  return createHash("sha256")
    .update(JSON.stringify([text, params, uploads]))
    .digest("hex");
}

interface Opened {
  readonly pipeline: Promise<Pipeline>;
  session?: Promise<Session>;
}

/** The pipelines of a process, the ones that were used last with their sessions: networks are loaded once. */
export class OpenPipelines implements AsyncDisposable {
  readonly #equipment: Equipment;
  /** In the order of their last use. */
  readonly #opened = new Map<string, Opened>();

  constructor(equipment: Equipment) {
    this.#equipment = equipment;
  }

  /** Reads and checks a pipeline. Errors: `ConfigError`; in particular it may name no plugin and no file but those of the equipment. */
  async pipeline(source: PipelineText): Promise<Pipeline> {
    return await (
      await this.#open(source)
    ).pipeline;
  }

  /** The session of a pipeline, which computes in this process. */
  async session(source: PipelineText): Promise<Session> {
    const opened = await this.#open(source);
    opened.session ??= opened.pipeline.then((pipeline) => pipeline.open({ isolate: false, noiseThread: true }));
    return await opened.session;
  }

  /** Lets a pipeline go: after a failure its next picture gets a new session. */
  async forget(source: PipelineText): Promise<void> {
    const key = pipelineKey(source);
    const opened = this.#opened.get(key);
    this.#opened.delete(key);
    if (opened !== undefined) await end(opened);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const all = [...this.#opened.values()];
    this.#opened.clear();
    await Promise.all(all.map(end));
  }

  async #open(source: PipelineText): Promise<Opened> {
    const key = pipelineKey(source);
    const opened = this.#opened.get(key) ?? { pipeline: this.#parse(source) };
    this.#opened.delete(key);
    this.#opened.set(key, opened);
    try {
      await opened.pipeline;
    } catch (error) {
      this.#opened.delete(key);
      throw error;
    }
    for (const [oldest, old] of this.#opened) {
      if (this.#opened.size <= keptPipelines) break;
      this.#opened.delete(oldest);
      await end(old);
    }
    return opened;
  }

  async #parse({ text, params, uploads }: PipelineText): Promise<Pipeline> {
    const { plugins, bundled, files, defaults } = this.#equipment;
    const pipeline = await parsePipeline(text, "pipeline.yaml", {
      params,
      plugins,
      bundled,
      defaults,
      files: { ...files, ...uploads },
      localPlugins: false,
      localFiles: false,
    });
    const { samples = 1 } = pipeline.config;
    if (samples > 1) throw errors.FIELD({ field: "pipeline", problem: `samples: ${samples}, where a request gets one restoration` });
    return pipeline;
  }
}

async function end({ session }: Opened): Promise<void> {
  const open = await session?.catch(() => undefined);
  await open?.[Symbol.asyncDispose]();
}
