import { errors } from "../error-codes.js";
import { elementBytes, elementsOf } from "../file/element-type.js";
import { viewOf, type Source } from "../file/source.js";
import type { PickleHooks } from "./allowed.js";
import { unpickle } from "./machine.js";
import { persistentStorage } from "./persistent.js";
import { cached, refusal, type Unpacked } from "./torch-zip.js";
import { PickleList, PickleMap, type PickleStorage, type PickleValue } from "./values.js";

/** The first pickle of a file of the stream layout. */
const magic = 0x1950a86a20f9469cfc6cn;
const layout = 1001;
/** The five pickles lie at the beginning; storages follow. */
const longestPickles = 64 * 2 ** 20;
const firstRead = 2 ** 20;

/** Bytes with which a file of this layout begins. */
export const streamStart = Uint8Array.of(0x80, 0x02, 0x8a, 0x0a);

interface Preamble {
  readonly root: PickleValue;
  readonly keys: PickleValue;
  readonly storages: ReadonlyMap<string, PickleStorage>;
  readonly end: number;
}

/**
 * A checkpoint as `torch.save` wrote it before PyTorch 1.6: five pickles, then every storage as its number of elements and its bytes.
 * @throws CHECKPOINT_UNREADABLE, CHECKPOINT_REFUSED.
 */
export async function readTorchStream(source: Source): Promise<Unpacked> {
  const { root, keys, storages, end } = await preamble(source);
  const refuse = (problem: string): never => {
    throw errors.CHECKPOINT_UNREADABLE({ file: source.name, problem });
  };
  if (!(keys instanceof PickleList) || keys.items.length !== storages.size)
    return refuse("the list of its storages does not fit its tensors");
  const places = new Map<string, number>();
  let at = end;
  for (const key of keys.items) {
    const storage = typeof key === "string" ? storages.get(key) : undefined;
    if (storage === undefined || places.has(storage.key)) return refuse("the list of its storages does not fit its tensors");
    if (at + 8 > source.size) return refuse(`it ends before the storage \`${storage.key}\``);
    const count = viewOf(await source.read(at, 8)).getBigInt64(0, true);
    if (count !== BigInt(storage.size))
      return refuse(`the storage \`${storage.key}\` has ${count} elements where its tensors need ${storage.size}`);
    places.set(storage.key, at + 8);
    at += 8 + storage.size * elementBytes[storage.type];
    if (at > source.size) return refuse(`it ends in the storage \`${storage.key}\``);
  }
  if (at !== source.size) return refuse(`${source.size - at} bytes follow its last storage`);
  const elements = cached(async (storage) =>
    elementsOf(storage.type, await source.read(places.get(storage.key)!, storage.size * elementBytes[storage.type])),
  );
  return { root, elements, place: ({ key }) => ({ source, offset: places.get(key)! }) };
}

/** How long the pickles are is only known when they have been read: more of the file is taken until they are complete. */
async function preamble(source: Source): Promise<Preamble> {
  for (let length = firstRead; ; length *= 8) {
    const most = Math.min(length, source.size, longestPickles);
    const bytes = await source.read(0, most);
    if (most === source.size || most === longestPickles) return parse(bytes, source);
    try {
      return parse(bytes, source);
    } catch {
      // Perhaps only incomplete.
    }
  }
}

function parse(bytes: Uint8Array<ArrayBuffer>, source: Pick<Source, "name" | "size">): Preamble {
  const refuse = refusal(source.name);
  const storages = new Map<string, PickleStorage>();
  const hooks: PickleHooks = {
    fileBytes: source.size,
    allows: new Set(),
    persistent: (id, problem) => {
      const storage = persistentStorage(id, storages, problem);
      return storage.size * elementBytes[storage.type] <= source.size
        ? storage
        : problem(`the storage \`${storage.key.slice(0, 80)}\` is larger than the file`);
    },
  };
  let at = 0;
  const next = (): PickleValue => {
    const { value, end } = unpickle(bytes, at, hooks, refuse);
    at = end;
    return value;
  };
  if (next() !== magic || next() !== layout) refuse("it does not begin as PyTorch's files do", 0);
  checkSystem(next(), (problem) => refuse(problem, 0));
  const root = next();
  return { root, keys: next(), storages, end: at };
}

function checkSystem(system: PickleValue, refuse: (problem: string) => never): void {
  if (!(system instanceof PickleMap)) return refuse("it does not say how it was written");
  if (system.entries.get("little_endian") !== true) refuse("it was written on a big-endian machine");
}

/** A nested file (EDM): its bytes are in memory already. */
export function parseNested(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
): { readonly root: PickleValue; readonly data: ReadonlyMap<PickleStorage, Uint8Array<ArrayBuffer>> } {
  const { root, keys, storages, end } = parse(bytes, { name, size: bytes.length });
  const refuse = refusal(name);
  const data = new Map<PickleStorage, Uint8Array<ArrayBuffer>>();
  let at = end;
  for (const key of keys instanceof PickleList ? keys.items : []) {
    const storage = typeof key === "string" ? storages.get(key) : undefined;
    if (storage === undefined || data.has(storage)) return refuse("the storages of a nested file do not fit its tensors", at);
    const length = storage.size * elementBytes[storage.type];
    if (at + 8 + length > bytes.length) return refuse("a nested file is incomplete", at);
    const count = new DataView(bytes.buffer, bytes.byteOffset + at, 8).getBigInt64(0, true);
    if (count !== BigInt(storage.size)) return refuse("a storage of a nested file has another size than its tensors need", at);
    data.set(storage, bytes.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  if (data.size !== storages.size || at !== bytes.length) return refuse("the storages of a nested file do not fit its tensors", at);
  return { root, data };
}
