import { equalShapes, GraphBuilder, StoredElements, storedTensor } from "@leader/graph";
import type { HostTensor, Tensor } from "@leader/core";
import type { Architecture, ArchitectureName, ArchitectureSettings, Network, ShapesByKey } from "../architectures/architecture.js";
import { architectures } from "../architectures/index.js";
import { errors } from "../error-codes.js";
import { float32Of } from "../file/stored-tensor.js";
import { Layers, type Weights } from "../layers/layers.js";
import type { Checkpoint } from "../file/checkpoint.js";
import { published, type Published } from "./published.js";

/** Which network a checkpoint holds: nothing of its weights is read yet. */
export interface Recognised {
  readonly network: Network;
  /** The published file that has its numbers. */
  readonly known: Published | undefined;
  readonly parameters: number;
  readonly tensors: number;
  /** Shapes that the network needs, by name. */
  readonly expected: ShapesByKey;
}

/** Problems that one message lists. */
const listedProblems = 6;

/**
 * Tells which network a checkpoint holds and compares every name and shape with it.
 * @param architecture only this family; @param settings go before those of the published files.
 * @throws CHECKPOINT_UNKNOWN, CHECKPOINT_OPTION, CHECKPOINT_KEYS.
 */
export function recognise(checkpoint: Checkpoint, architecture?: ArchitectureName, settings: ArchitectureSettings = {}): Recognised {
  const shapes = new Map([...checkpoint.tensors].map(([name, { shape }]) => [name, shape]));
  const family = familyOf(checkpoint, shapes, architecture);
  const parameters = [...shapes.values()].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const known = published.find(
    (entry) => entry.architecture === family.name && entry.tensors === shapes.size && entry.parameters === parameters,
  );
  const network = family.describe(shapes, checkpoint, merged(known?.settings ?? {}, settings));
  const expected = checkKeys(network, shapes, checkpoint.name, family.title);
  return { network, known, parameters, tensors: shapes.size, expected };
}

/** Heads counted and heads by channels exclude each other: what the user says replaces both. */
function merged(known: ArchitectureSettings, stated: ArchitectureSettings): ArchitectureSettings {
  const heads = stated.heads !== undefined || stated.headChannels !== undefined ? stated : known;
  return {
    heads: heads.heads,
    headChannels: heads.headChannels,
    newAttentionOrder: stated.newAttentionOrder ?? known.newAttentionOrder,
  };
}

function familyOf(checkpoint: Checkpoint, shapes: ShapesByKey, wanted: ArchitectureName | undefined): Architecture {
  const candidates = architectures.filter(({ name }) => wanted === undefined || name === wanted);
  const family = candidates.find((candidate) => candidate.recognises(shapes, checkpoint));
  if (family !== undefined) return family;
  const keys = [...shapes.keys()];
  const classifier = keys.some((key) => key.startsWith("out.2.c_proj"));
  throw errors.CHECKPOINT_UNKNOWN({
    file: checkpoint.name,
    problem: classifier
      ? "it is a classifier, not a denoiser"
      : `its ${keys.length} tensors are those of no network that is known${wanted === undefined ? "" : ` as \`${wanted}\``}`,
    known: architectures.map(({ title }) => title),
    keys: keys.slice(0, 4),
  });
}

/**
 * The weights that a network asks for on a small image, by name.
 * @param present shapes of a file: some networks have or leave out a weight as their file does.
 */
export function askedShapes(network: Network, present: ShapesByKey = new Map()): ShapesByKey {
  const builder = new GraphBuilder();
  const asking = new AskedWeights(builder, present);
  const side = network.multiple;
  const inputs = {
    x: builder.param("x", { shape: [1, network.channels, side, side], dtype: "float32" }),
    level: builder.param("level", { shape: [], dtype: "float32" }),
    ...(network.classes === undefined ? {} : { labels: builder.param("labels", { shape: [1, network.classes], dtype: "float32" }) }),
  };
  network.build(new Layers(asking), inputs);
  return asking.asked;
}

/** Compares what the network asks for with what is there. */
function checkKeys(network: Network, shapes: ShapesByKey, file: string, title: string): ShapesByKey {
  const asked = askedShapes(network, shapes);
  const flagged = (key: string): string => {
    const flag = network.flagFor(key);
    return flag === undefined ? "" : ` (${flag}?)`;
  };
  const text = (shape: readonly number[]): string => `[${shape.join(",")}]`;
  const missing = [...asked].flatMap(([key, shape]) => {
    const received = shapes.get(key);
    if (received === undefined) return [`\`${key}\` ${text(shape)} is missing${flagged(key)}`];
    return equalShapes(received, shape) ? [] : [`\`${key}\` is ${text(received)} where ${text(shape)} is expected${flagged(key)}`];
  });
  const superfluous = [...shapes]
    .filter(([key]) => !asked.has(key) && !network.ignores(key))
    .map(([key, shape]) => `\`${key}\` ${text(shape)} has no place${flagged(key)}`);
  const problems = [...missing, ...superfluous];
  if (problems.length > 0) {
    throw errors.CHECKPOINT_KEYS({
      file,
      network: title,
      problems: problems.slice(0, listedProblems),
      more: Math.max(0, problems.length - listedProblems),
    });
  }
  return asked;
}

class AskedWeights implements Weights {
  readonly asked = new Map<string, readonly number[]>();
  constructor(
    readonly builder: GraphBuilder,
    readonly shapes: ShapesByKey,
  ) {}

  weight(name: string, stored: readonly number[], as: readonly number[]): Tensor {
    this.asked.set(name, stored);
    return this.builder.param(name, { shape: as, dtype: "float32" });
  }
  has(name: string): boolean {
    return this.shapes.has(name);
  }
  shape(name: string): readonly number[] | undefined {
    return this.shapes.get(name);
  }
}

/** Gives the weights of a network to a trace. */
export interface WeightSource {
  in(like: Tensor): Layers;
}

/** Weights of the right shapes and no values, all in one memory: for graphs of which only the shapes matter. */
export class WeightPlaceholders implements WeightSource {
  readonly #zeros: Float32Array;
  constructor(readonly shapes: ShapesByKey) {
    this.#zeros = new Float32Array(Math.max(0, ...[...shapes.values()].map((shape) => shape.reduce((a, b) => a * b, 1))));
  }

  in(like: Tensor): Layers {
    return new Layers({
      weight: (_, __, as) =>
        like.trace.constant({
          shape: as,
          dtype: "float32",
          data: this.#zeros.subarray(
            0,
            as.reduce((a, b) => a * b, 1),
          ),
        }),
      has: (name) => this.shapes.has(name),
      shape: (name) => this.shapes.get(name),
    });
  }
}

/** A weight: its values in memory, or its place in the file where it stays. */
export type LoadedWeight = Float32Array | StoredElements;

/** Weights for all graphs that are made of them: they share memory, or stay in their file. */
export class LoadedWeights implements WeightSource {
  readonly #values: ReadonlyMap<string, LoadedWeight>;
  readonly #shapes: ShapesByKey;

  constructor(values: ReadonlyMap<string, LoadedWeight>, shapes: ShapesByKey) {
    this.#values = values;
    this.#shapes = shapes;
  }

  /** Bytes of all weights as float32. */
  get bytes(): number {
    return [...this.#values.values()].reduce((sum, { length }) => sum + 4 * length, 0);
  }

  /** The weights as constants of the trace that `like` belongs to. */
  in(like: Tensor): Layers {
    return new Layers({
      weight: (name, _, as) => like.trace.constant(this.#tensor(name, as)),
      has: (name) => this.#shapes.has(name),
      shape: (name) => this.#shapes.get(name),
    });
  }

  #tensor(name: string, shape: readonly number[]): HostTensor {
    const value = this.#values.get(name)!;
    return value instanceof StoredElements ? storedTensor(value, shape) : { shape, dtype: "float32", data: value };
  }
}

/**
 * The weights of a network. Those that lie in the file as they are stay there, and are only compared with their checksums; the others are read,
 * each once.
 * @param map changes the values: then all are read.
 * @throws CHECKPOINT_TYPE and the readers' errors.
 */
export async function loadWeights(
  checkpoint: Checkpoint,
  { expected }: Recognised,
  map?: (values: Float32Array) => Float32Array,
): Promise<LoadedWeights> {
  const values = new Map<string, LoadedWeight>();
  for (const name of expected.keys()) {
    const tensor = checkpoint.tensors.get(name)!;
    if (tensor.place !== undefined && map === undefined) {
      await tensor.check?.();
      values.set(name, tensor.place);
    } else {
      const read = await float32Of(checkpoint.name, name, tensor);
      values.set(name, map === undefined ? read : map(read));
    }
  }
  return new LoadedWeights(values, new Map([...checkpoint.tensors].map(([name, { shape }]) => [name, shape])));
}
