import {
  compileSampler,
  type CompiledSampler,
  type ImagePart,
  type LinearOperator,
  type PipelineEventBody,
  type SamplerGraphs,
  type SamplerStages,
} from "@leader/core";
import { formatAval, memoryOf, type Aval } from "@leader/graph";
import type { Composition } from "../compose/compose.js";
import { runningBytes } from "./sizing.js";
import { timed, type TimedSampler } from "./timed-sampler.js";
import { traceStages } from "./trace-stages.js";

/** Compiled samplers that are kept for other image sizes; each holds the network's weights in the form of the runtime. */
const keptSizes = 2;
/** Bytes of weights from which only the last one is kept: compiling again takes less than one evaluation. */
const largeWeights = 200e6;

/** What a sampler is made for. */
export interface SamplerTarget {
  readonly image: Aval;
  /** The part of the image, where it is restored in parts. */
  readonly part?: ImagePart;
  readonly tile?: number;
}

export interface Prepared {
  readonly stages: SamplerStages;
  readonly operator: LinearOperator;
  readonly timed: TimedSampler;
  /** Bytes of the network. */
  readonly weights: number;
}

interface Traced {
  readonly stages: SamplerStages;
  readonly graphs: SamplerGraphs;
}

/** The samplers of a pipeline: traced and compiled once for each target, the last few kept. */
export class SamplerStore implements AsyncDisposable {
  readonly #composition: Composition;
  readonly #emit: (event: PipelineEventBody) => void;
  readonly #prepared = new Map<string, Promise<Prepared>>();
  /** Bytes that samplers take, by target: a number outlives the graphs that it was read off. */
  readonly #bytes = new Map<string, number>();
  /** The last trace: what was traced to estimate memory is then compiled. */
  #traced: { readonly key: string; readonly made: Traced } | undefined;

  constructor(composition: Composition, emit: (event: PipelineEventBody) => void) {
    this.#composition = composition;
    this.#emit = emit;
  }

  async has(target: SamplerTarget): Promise<boolean> {
    return this.#prepared.has(await this.#keyOf(target));
  }

  /** Bytes that running the sampler of a target takes at most; traced once for it, and nothing is compiled. */
  async bytes(target: SamplerTarget): Promise<number> {
    const key = await this.#keyOf(target);
    const known = this.#bytes.get(key);
    if (known !== undefined) return known;
    const bytes = runningBytes((await this.#trace(target)).graphs, await this.#following(target));
    this.#bytes.set(key, bytes);
    return bytes;
  }

  /** The graphs of a target; nothing is compiled. */
  async graphs(target: SamplerTarget): Promise<SamplerGraphs> {
    return (await this.#trace(target)).graphs;
  }

  async #trace(target: SamplerTarget): Promise<Traced> {
    const key = await this.#keyOf(target);
    if (this.#traced?.key === key) return this.#traced.made;
    const { image, ...rest } = target;
    this.#emit({ type: "set-up", of: "graphs" });
    const stages = await this.#composition.stagesAt(image, rest);
    const made = { stages, graphs: traceStages(this.#composition.blueprint, stages) };
    this.#traced = { key, made };
    return made;
  }

  async prepare(target: SamplerTarget): Promise<Prepared> {
    const key = await this.#keyOf(target);
    const known = this.#prepared.get(key);
    if (known !== undefined) return await known;
    const placed = await this.#isPlaced(target);
    await this.#makeRoom(placed ? 1 : (await this.#mostKept()) - 1);
    // Traced first: what fails here must not end the part before.
    await this.#trace(target);
    // That part does not come again: what is equal in it is taken over.
    const preparing = this.#compile(target, placed ? await this.#takeLast() : undefined);
    this.#prepared.set(key, preparing);
    preparing.catch(() => this.#prepared.delete(key));
    return await preparing;
  }

  /** Lets go of everything that was compiled. */
  async clear(): Promise<void> {
    await this.#makeRoom(0);
    this.#traced = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.clear();
  }

  /** The sampler of the part before, which belongs to whoever asks from then on. */
  async #takeLast(): Promise<CompiledSampler | undefined> {
    const [key, last] = [...this.#prepared].at(-1) ?? [];
    if (key === undefined) return undefined;
    this.#prepared.delete(key);
    return (await last?.catch(() => undefined))?.timed.sampler;
  }

  async #compile(target: SamplerTarget, before: CompiledSampler | undefined): Promise<Prepared> {
    const { stages, graphs } = await this.#trace(target);
    this.#traced = undefined;
    const backend = await this.#composition.get("backend");
    this.#emit({ type: "set-up", of: "runtime" });
    const sampler = await compileSampler(graphs, backend, this.#emit, before);
    return { stages, operator: stages.operator, timed: timed(sampler), weights: memoryOf(graphs.predict.graph).weights };
  }

  async #mostKept(): Promise<number> {
    const known = await Promise.allSettled(this.#prepared.values());
    return known.some((result) => result.status === "fulfilled" && result.value.weights > largeWeights) ? 1 : keptSizes;
  }

  async #makeRoom(left: number): Promise<void> {
    for (const [key, prepared] of [...this.#prepared].slice(0, Math.max(0, this.#prepared.size - left))) {
      this.#prepared.delete(key);
      const made = await prepared.catch(() => undefined);
      await made?.timed.sampler[Symbol.asyncDispose]();
    }
  }

  /** Whether there is an operator for each place. */
  async #isPlaced({ part }: SamplerTarget): Promise<boolean> {
    return part !== undefined && (await this.#composition.get("operator")).locality?.at !== undefined;
  }

  /** How many other parts have graphs of their own, less what parts share. */
  async #following(target: SamplerTarget): Promise<number> {
    const { image, part } = target;
    if (part === undefined || !(await this.#isPlaced(target))) return 0;
    const [, , height = 1, width = 1] = image.shape;
    return Math.max(1, Math.ceil((height * width) / (part.height * part.width)) - 1);
  }

  /** Parts of one size are alike, unless the operator is made for each place. */
  async #keyOf(target: SamplerTarget): Promise<string> {
    const { image, part, tile } = target;
    const placed = await this.#isPlaced(target);
    const where = part === undefined ? "" : `${part.height} x ${part.width}${placed ? ` at ${part.top},${part.left} of` : ""}`;
    return `${where} ${part === undefined || placed ? formatAval(image) : image.shape.slice(0, 2).join()} ${tile ?? ""}`;
  }
}
