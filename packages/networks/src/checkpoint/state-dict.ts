import { defined } from "@leader/core";
import { errors } from "../error-codes.js";
import { isRowMajor, placeIn, rowMajor, type StoredTensor } from "../file/stored-tensor.js";
import { elementBytes } from "../file/element-type.js";
import type { Unpacked } from "../pickle/torch-zip.js";
import { PickleList, PickleMap, PickleTensor, PickleTuple, type PickleValue } from "../pickle/values.js";

/** Keys under which trainers keep weights; the first that is there decides, so that averaged weights come before the last ones. */
const wrappers = ["ema", "ema_state_dict", "model_ema", "params_ema", "state_dict", "model_state_dict", "model", "params", "net", "unet"];
/** What wrappers of training put before every name. */
const prefixes = ["module.", "_orig_mod.", "ema_model.", "model.", "diffusion_model.", "denoise_fn.", "unet."];
const deepest = 8;
const mostTensors = 100_000;
/** Copies of transposed views may take this many times the file. */
const mostCopied = 2;

interface Weights {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly chosen: readonly string[];
}

/**
 * The weights in the object of a checkpoint: unwrapped from lists, from the dictionaries of trainers and from prefixes.
 * @throws CHECKPOINT_UNREADABLE if it holds no dictionary of tensors.
 */
export function stateDict(unpacked: Unpacked, file: string): Weights {
  const chosen: string[] = [];
  const map = unwrap(unpacked.root, chosen, 0);
  if (map === undefined) throw errors.CHECKPOINT_UNREADABLE({ file, problem: "it holds no dictionary of tensors by name" });
  if (map.entries.size > mostTensors) throw errors.CHECKPOINT_UNREADABLE({ file, problem: `it has more than ${mostTensors} tensors` });
  const pairs = [...map.entries].flatMap(([name, value]) =>
    typeof name === "string" && value instanceof PickleTensor ? [[name, value] as const] : [],
  );
  checkCopies(
    pairs.map(([, tensor]) => tensor),
    file,
  );
  const { tensors, chosen: more } = withoutPrefix(new Map(pairs.map(([name, tensor]) => [name, stored(tensor, unpacked)])));
  return { tensors, chosen: [...chosen, ...more] };
}

function stored({ storage, offset, shape, strides }: PickleTensor, { elements, place }: Unpacked): StoredTensor {
  const { type } = storage;
  const whole: StoredTensor = { type, shape, elements: async () => rowMajor(type, await elements(storage), shape, strides, offset) };
  const at = isRowMajor(shape, strides) ? place(storage) : undefined;
  if (at === undefined) return whole;
  const size = shape.reduce((a, b) => a * b, 1);
  return {
    ...whole,
    ...placeIn(at.source, at.offset + offset * elementBytes[type], type, size),
    ...defined({ check: at.check }),
  };
}

/** Views cost nothing unless they are transposed: then every one is a copy, and a file can name many. */
function checkCopies(tensors: readonly PickleTensor[], file: string): void {
  const bytes = (n: number, { storage }: PickleTensor): number => n * elementBytes[storage.type];
  const storages = new Map(tensors.map((tensor) => [tensor.storage, bytes(tensor.storage.size, tensor)]));
  const total = [...storages.values()].reduce((a, b) => a + b, 0);
  const copied = tensors
    .filter(({ shape, strides }) => !isRowMajor(shape, strides))
    .reduce(
      (sum, tensor) =>
        sum +
        bytes(
          tensor.shape.reduce((a, b) => a * b, 1),
          tensor,
        ),
      0,
    );
  if (copied > mostCopied * total)
    throw errors.CHECKPOINT_UNREADABLE({ file, problem: "its transposed tensors would take many times its size" });
}

const tensorsIn = (map: PickleMap): number => [...map.entries.values()].filter((value) => value instanceof PickleTensor).length;

/** The dictionary that holds the weights: mostly tensors. */
function unwrap(value: PickleValue, chosen: string[], depth: number): PickleMap | undefined {
  if (depth > deepest) return undefined;
  if (value instanceof PickleMap) return unwrapMap(value, chosen, depth);
  if (!(value instanceof PickleList || value instanceof PickleTuple)) return undefined;
  // Trainers of score models save [weights, optimiser, epoch, step, averaged weights]: the last one is wanted.
  for (const [back, item] of [...value.items].reverse().slice(0, 64).entries()) {
    const found = item instanceof PickleMap && tensorsIn(item) > 0 ? item : undefined;
    if (found === undefined) continue;
    chosen.push(`entry ${value.items.length - 1 - back} of a list of ${value.items.length}`);
    return found;
  }
  return undefined;
}

function unwrapMap(map: PickleMap, chosen: string[], depth: number): PickleMap | undefined {
  for (const key of wrappers) {
    const inner = map.entries.get(key);
    if (!(inner instanceof PickleMap || inner instanceof PickleList)) continue;
    const before = chosen.length;
    chosen.push(`the weights under \`${key}\`${othersOf(map, key)}`);
    const found = unwrap(inner, chosen, depth + 1);
    if (found !== undefined) return found;
    chosen.length = before;
  }
  return tensorsIn(map) > 0 ? map : undefined;
}

function othersOf(map: PickleMap, key: string): string {
  const others = wrappers.filter((name) => name !== key && map.entries.get(name) instanceof PickleMap);
  return others.length === 0 ? "" : ` (not those under ${others.map((name) => `\`${name}\``).join(", ")})`;
}

/** Removes what wrappers of training put before the names, as often as it helps; tensors without the prefix are then not the network's. */
export function withoutPrefix(all: ReadonlyMap<string, StoredTensor>): Weights {
  let tensors = all;
  const chosen: string[] = [];
  for (let round = 0; round < 4; round++) {
    const prefix = prefixes.find((candidate) => mostBegin(tensors, candidate));
    if (prefix === undefined) break;
    const kept = [...tensors]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor] as const);
    const left = tensors.size - kept.length;
    chosen.push(`the names behind \`${prefix}\`${left > 0 ? ` (${left} other tensors are not used)` : ""}`);
    tensors = new Map(kept);
  }
  return { tensors, chosen };
}

/** `ema_model.` stands beside the weights of the last step, so that it need not have most of the names. */
function mostBegin(tensors: ReadonlyMap<string, StoredTensor>, prefix: string): boolean {
  const count = [...tensors.keys()].filter((name) => name.startsWith(prefix)).length;
  return prefix === "ema_model." ? count >= 8 : count > 0 && 2 * count > tensors.size;
}
