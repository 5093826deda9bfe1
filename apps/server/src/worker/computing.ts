import { fileURLToPath } from "node:url";
import { SupervisedWorker, type CallOptions, type SessionLimits } from "leader-restore";
import { keptPipelines, pipelineKey } from "./open-pipelines.js";
import type { Equipment, PipelineText, Questions } from "./protocol.js";

/** How a computing process is made. */
export interface ComputingOptions {
  readonly equipment: Equipment;
  readonly limits: SessionLimits;
  /** Milliseconds that a cancelled restoration has to stop between two steps before its process is ended. */
  readonly graceMs: number;
}

/** The built entry, also where this module runs from its source. */
const entry = fileURLToPath(new URL("./main.js", import.meta.url)).replace(/([\\/])src([\\/]worker[\\/]main\.js)$/u, "$1dist$2");

/** A supervised process of the service, and which pipelines it has open. */
export class Computing {
  readonly #worker: SupervisedWorker;
  /** In the order of their last use. */
  #recent: readonly string[] = [];

  constructor({ equipment, limits, graceMs }: ComputingOptions) {
    this.#worker = new SupervisedWorker({ entry, limits, graceMs, setup: { method: "equip", argument: equipment } });
  }

  /** Starts the process. Errors: `CHILD_UNAVAILABLE`, `CHILD_CRASHED`. */
  async start(): Promise<void> {
    await this.#worker.open();
  }

  async ask<K extends keyof Questions>(method: K, argument: Questions[K][0], options: CallOptions = {}): Promise<Questions[K][1]> {
    return (await this.#worker.call({ method, argument }, options)) as Questions[K][1];
  }

  /** Remembers that a pipeline is open now. */
  remember(pipeline: PipelineText): void {
    const key = pipelineKey(pipeline);
    this.#recent = [key, ...this.#recent.filter((other) => other !== key)].slice(0, keptPipelines);
  }

  /** Whether the process has the networks of a pipeline loaded, as far as is known. */
  holds(pipeline: PipelineText): boolean {
    return this.#recent.includes(pipelineKey(pipeline));
  }

  async end(): Promise<void> {
    await this.#worker[Symbol.asyncDispose]();
  }
}
