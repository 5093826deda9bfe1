import { errors } from "../error-codes.js";
import { elementsOf } from "../file/element-type.js";
import type { Source } from "../file/source.js";
import { edmNames, type PickleHooks } from "./allowed.js";
import { unpickle } from "./machine.js";
import { parseNested } from "./torch-stream.js";
import { cached, refusal, type Unpacked } from "./torch-zip.js";
import {
  PickleMap,
  PickleRecord,
  PickleStorage,
  PickleTuple,
  type PickleTensor,
  PickleTensor as Tensor,
  type PickleValue,
} from "./values.js";

/** Modules inside modules deeper than this are refused. */
const deepest = 16;
const mostTensors = 100_000;

/** A network of EDM: its weights by name, and what it was constructed with. */
export interface EdmPickle extends Unpacked {
  /** Class of the preconditioning, such as `EDMPrecond`. */
  readonly className: string;
  /** Arguments of the construction; those left out have the defaults of the class. */
  readonly arguments: Readonly<Record<string, PickleValue>>;
}

/**
 * A pickle of EDM (Karras et al. 2022): networks as objects whose classes come as source text. The text is never looked at; the objects
 * are records, and the weights are found by walking their states.
 * @throws CHECKPOINT_UNREADABLE, CHECKPOINT_REFUSED.
 */
export async function readEdmPickle(source: Source): Promise<EdmPickle> {
  const bytes = await source.read(0, source.size);
  const refuse = refusal(source.name);
  const nested = new NestedFiles(source);
  const hooks: PickleHooks = {
    fileBytes: source.size,
    allows: edmNames,
    persistent: (_, problem) => problem("a persistent id stands outside a nested file"),
    nested: (inner, problem) => nested.open(inner, problem),
  };
  const { value, end } = unpickle(bytes, 0, hooks, refuse);
  if (end !== bytes.length) refuse(`${bytes.length - end} bytes follow it`, end);
  const network = persistentObject(value instanceof PickleMap ? (value.entries.get("ema") ?? value) : value);
  if (network === undefined)
    throw errors.CHECKPOINT_UNREADABLE({ file: source.name, problem: "the pickle holds no network (EDM's hold it as `ema`)" });
  const weights = new PickleMap();
  collect(network.state, "", weights, 0, (problem) => refuse(problem, end));
  const init = network.state.entries.get("_init_kwargs");
  return {
    root: weights,
    className: network.className,
    arguments: init instanceof PickleMap ? named(init) : {},
    elements: cached((storage) => Promise.resolve(elementsOf(storage.type, nested.bytesOf(storage)))),
    place: (storage) => {
      const { buffer, byteOffset } = nested.bytesOf(storage);
      return buffer === bytes.buffer ? { source, offset: byteOffset - bytes.byteOffset } : undefined;
    },
  };
}

const named = ({ entries }: PickleMap): Record<string, PickleValue> =>
  Object.fromEntries([...entries].flatMap(([key, value]) => (typeof key === "string" ? [[key, value]] : [])));

/** Tensors travel as files of `torch.save` inside the pickle. */
class NestedFiles {
  readonly #data = new Map<PickleStorage, Uint8Array<ArrayBuffer>>();
  #read = 0;

  constructor(readonly source: Source) {}

  open(bytes: Uint8Array<ArrayBuffer>, refuse: (problem: string) => never): PickleValue {
    this.#read += bytes.length;
    // One text can be named any number of times, but a file needs no nested file twice.
    if (this.#read > this.source.size) return refuse("its nested files are larger than itself");
    const { root, data } = parseNested(bytes, this.source.name);
    if (!(root instanceof PickleStorage)) return refuse("a nested file holds more than a storage");
    const storage = new PickleStorage(`nested/${this.#data.size}`, root.type, root.size);
    this.#data.set(storage, data.get(root)!);
    return storage;
  }

  bytesOf(storage: PickleStorage): Uint8Array<ArrayBuffer> {
    return this.#data.get(storage)!;
  }
}

interface PersistentObject {
  readonly className: string;
  readonly state: PickleMap;
}

function persistentObject(value: PickleValue): PersistentObject | undefined {
  if (!(value instanceof PickleRecord) || value.type.name !== "persistent" || !(value.args instanceof PickleTuple)) return undefined;
  const [meta] = value.args.items;
  if (!(meta instanceof PickleMap)) return undefined;
  const [name, state] = [meta.entries.get("class_name"), meta.entries.get("state")];
  return typeof name === "string" && state instanceof PickleMap ? { className: name, state } : undefined;
}

/** The state of a module: of the network's own kind, or of one of PyTorch's containers. */
function stateOf(value: PickleValue): PickleMap | undefined {
  const state = persistentObject(value)?.state ?? (value instanceof PickleRecord ? value.state : undefined);
  return state instanceof PickleMap ? state : undefined;
}

/** Adds the parameters and buffers of a module and of those inside it, names joined by dots as in a state dict. */
function collect(state: PickleMap, prefix: string, into: PickleMap, depth: number, refuse: (problem: string) => never): void {
  if (depth > deepest) return refuse(`modules are nested more than ${deepest} deep`);
  for (const group of ["_parameters", "_buffers"]) {
    for (const [name, tensor] of namedTensors(state.entries.get(group))) {
      if (into.entries.size >= mostTensors) return refuse(`it has more than ${mostTensors} tensors`);
      into.entries.set(`${prefix}${name}`, tensor);
    }
  }
  const modules = state.entries.get("_modules");
  if (!(modules instanceof PickleMap)) return;
  for (const [name, module] of modules.entries) {
    const inner = stateOf(module);
    // Only a tree: a module that contains itself would be walked without end, and one that stands in many places many times.
    if (typeof name === "string" && inner !== undefined) {
      modules.entries.set(name, null);
      collect(inner, `${prefix}${name}.`, into, depth + 1, refuse);
    }
  }
}

const namedTensors = (group: PickleValue): readonly (readonly [string, PickleTensor])[] =>
  group instanceof PickleMap
    ? [...group.entries].flatMap(([name, value]) => (typeof name === "string" && value instanceof Tensor ? [[name, value] as const] : []))
    : [];
