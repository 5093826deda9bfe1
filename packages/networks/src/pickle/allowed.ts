import { checkedSize } from "../file/element-type.js";
import {
  PickleGlobal,
  PickleList,
  PickleMap,
  PickleRecord,
  PickleStorage,
  PickleTensor,
  PickleTuple,
  storageTypes,
  type PickleValue,
} from "./values.js";

type Refuse = (problem: string) => never;

/** What depends on the container of a pickle. */
export interface PickleHooks {
  /** Size of the whole file, which bounds the work. */
  readonly fileBytes: number;
  /** Which names may occur besides those of every checkpoint. */
  readonly allows: ReadonlySet<string>;
  /** The meaning of a persistent id. */
  persistent(id: PickleValue, refuse: Refuse): PickleValue;
  /** The tensor in a nested file of `torch.save` (EDM). */
  nested?(bytes: Uint8Array<ArrayBuffer>, refuse: Refuse): PickleValue;
}

/**
 * The only names that a checkpoint may mention. Those with a meaning are called in `callGlobal`; the classes become inert records. All
 * others, among them every function that could do something, are refused where they are named.
 */
const always: ReadonlySet<string> = new Set([
  "collections OrderedDict",
  "torch._utils _rebuild_tensor_v2",
  "torch._utils _rebuild_parameter",
  "torch Size",
  "torch device",
  "argparse Namespace",
  "numpy.core.multiarray scalar",
  "numpy._core.multiarray scalar",
  "numpy dtype",
  "_codecs encode",
  ...[...storageTypes.keys()].map((name) => `torch ${name}`),
  ...["float32", "float16", "bfloat16", "float64", "int64", "int32", "int16", "int8", "uint8", "bool"].map((name) => `torch ${name}`),
]);

export const isAllowed = ({ key }: PickleGlobal, more: ReadonlySet<string>): boolean => always.has(key) || more.has(key);

/** Names that pickles of EDM mention besides. Their classes come as source text in the file, which nobody looks at. */
export const edmNames: ReadonlySet<string> = new Set([
  "torch_utils.persistence _reconstruct_persistent_obj",
  "torch.nn.modules.container ModuleDict",
  "torch.storage _load_from_bytes",
  "builtins set",
  "dnnlib.util EasyDict",
]);

/** Classes of which NEWOBJ may make a record. */
const classes: ReadonlySet<string> = new Set([
  "argparse Namespace",
  "torch.nn.modules.container ModuleDict",
  "dnnlib.util EasyDict",
  "collections OrderedDict",
]);

export function makeRecord(type: PickleGlobal, args: PickleValue, refuse: Refuse): PickleValue {
  if (!classes.has(type.key) || !(args instanceof PickleTuple) || args.items.length > 0)
    return refuse(`an object of \`${type.module}.${type.name}\` is made`);
  return type.name === "OrderedDict" || type.name === "EasyDict" ? new PickleMap() : new PickleRecord(type, args);
}

/** The state of an object. That of a dictionary is the `_metadata` of a module, which says nothing about the weights. */
export function buildObject(target: PickleValue, state: PickleValue, refuse: Refuse): void {
  if (target instanceof PickleRecord) target.state = state;
  else if (!(target instanceof PickleMap)) refuse("something gets a state that has none");
}

type Call = (args: readonly PickleValue[], hooks: PickleHooks, refuse: Refuse) => PickleValue;

const inert =
  (name: string): Call =>
  (args) =>
    new PickleRecord(new PickleGlobal("", name), new PickleTuple(args));

const calls: ReadonlyMap<string, Call> = new Map<string, Call>([
  ["collections OrderedDict", orderedDict],
  ["torch._utils _rebuild_tensor_v2", rebuiltTensor],
  [
    "torch._utils _rebuild_parameter",
    ([tensor], _, refuse) => (tensor instanceof PickleTensor ? tensor : refuse("a parameter is no tensor")),
  ],
  ["torch Size", inert("Size")],
  ["torch device", inert("device")],
  ["numpy.core.multiarray scalar", inert("scalar")],
  ["numpy._core.multiarray scalar", inert("scalar")],
  ["numpy dtype", inert("dtype")],
  ["_codecs encode", inert("encode")],
  ["builtins set", inert("set")],
  ["dnnlib.util EasyDict", orderedDict],
  ["torch_utils.persistence _reconstruct_persistent_obj", inert("persistent")],
  ["torch.storage _load_from_bytes", loadFromBytes],
]);

/** The inert result of calling an allowed name. */
export function callGlobal(callee: PickleGlobal, args: readonly PickleValue[], hooks: PickleHooks, refuse: Refuse): PickleValue {
  const call = calls.get(callee.key);
  return call === undefined ? refuse(`\`${callee.module}.${callee.name}\` is called`) : call(args, hooks, refuse);
}

function orderedDict(args: readonly PickleValue[], _: PickleHooks, refuse: Refuse): PickleMap {
  const map = new PickleMap();
  if (args.length === 0) return map;
  const [pairs] = args;
  if (pairs instanceof PickleMap) return pairs;
  if (args.length !== 1 || !(pairs instanceof PickleList)) return refuse("a dictionary is made of something else than pairs");
  for (const pair of pairs.items) {
    if (!(pair instanceof PickleTuple || pair instanceof PickleList) || pair.items.length !== 2)
      return refuse("a dictionary is made of something else than pairs");
    map.entries.set(pair.items[0], pair.items[1]);
  }
  return map;
}

const sizes = (value: PickleValue): readonly number[] | undefined => {
  const items = value instanceof PickleTuple ? value.items : undefined;
  return items?.every((n): n is number => typeof n === "number" && Number.isSafeInteger(n) && n >= 0) === true ? items : undefined;
};

/** A view: everything it would reach must lie in its storage, and it has no more elements than that. */
function rebuiltTensor(args: readonly PickleValue[], _: PickleHooks, refuse: Refuse): PickleTensor {
  const [storage, offset, size, stride] = args;
  if (args.length < 6 || args.length > 7 || !(storage instanceof PickleStorage)) return refuse("a tensor has no storage");
  const [shape, strides] = [sizes(size), sizes(stride)];
  if (shape === undefined || strides === undefined || shape.length !== strides.length || shape.length > 8)
    return refuse("a tensor has no shape");
  const count = checkedSize(shape);
  if (typeof offset !== "number" || !Number.isSafeInteger(offset) || offset < 0 || count === undefined)
    return refuse("a tensor is beyond all sizes");
  const last = shape.reduce((sum, n, axis) => sum + BigInt(Math.max(0, n - 1)) * BigInt(strides[axis]!), BigInt(offset));
  if (count > 0 && last >= BigInt(storage.size))
    return refuse(`a tensor of shape [${shape.join(",")}] reaches past its storage of ${storage.size} elements`);
  if (count > storage.size) return refuse(`a tensor of shape [${shape.join(",")}] repeats the ${storage.size} elements of its storage`);
  return new PickleTensor(storage, count > 0 ? offset : 0, shape, strides);
}

function loadFromBytes([bytes]: readonly PickleValue[], hooks: PickleHooks, refuse: Refuse): PickleValue {
  if (!(bytes instanceof Uint8Array) || hooks.nested === undefined) return refuse("a nested file is no bytes");
  return hooks.nested(bytes, refuse);
}
