import { errors } from "../error-codes.js";
import { elementBytes, elementsOf, type Elements } from "../file/element-type.js";
import type { Source } from "../file/source.js";
import { readZip, type ZipEntry } from "../file/zip.js";
import type { PickleHooks } from "./allowed.js";
import { unpickle } from "./machine.js";
import { persistentStorage } from "./persistent.js";
import type { PickleStorage, PickleValue } from "./values.js";

/** The object of a checkpoint, and the elements of the storages that it mentions. */
export interface Unpacked {
  readonly root: PickleValue;
  readonly elements: (storage: PickleStorage) => Promise<Elements>;
  /** Where a storage lies in the file as it is; undefined where it does not. */
  readonly place: (storage: PickleStorage) => StoragePlace | undefined;
}

export interface StoragePlace {
  readonly source: Source;
  /** Bytes from the beginning of the source. */
  readonly offset: number;
  /** Compares the checksum, once however many tensors share the storage. */
  check?(): Promise<void>;
}

/** Largest `data.pkl`: the names of a few thousand tensors take less than a megabyte. */
const longestPickle = 64 * 2 ** 20;

/**
 * A checkpoint as `torch.save` writes it since PyTorch 1.6: a zip archive of one pickle and the raw bytes of every storage.
 * @throws CHECKPOINT_UNREADABLE, CHECKPOINT_REFUSED.
 */
export async function readTorchZip(source: Source): Promise<Unpacked> {
  const file = source.name;
  const refuse = (problem: string): never => {
    throw errors.CHECKPOINT_UNREADABLE({ file, problem });
  };
  const entries = await readZip(source);
  const packed = [...entries.values()].find(({ stored }) => !stored);
  if (packed !== undefined) return refuse(`\`${packed.name}\` is compressed, which PyTorch never does`);
  const pickles = [...entries.keys()].filter((name) => /^[^/]*\/data\.pkl$/u.test(name));
  if (pickles.length !== 1) return refuse(`it has ${pickles.length} entries \`data.pkl\`, where PyTorch writes one`);
  const root = pickles[0]!.slice(0, -"data.pkl".length);
  await checkByteOrder(entries.get(`${root}byteorder`), refuse);
  const entry = entries.get(pickles[0]!)!;
  if (entry.size > longestPickle) return refuse(`its \`data.pkl\` has ${entry.size} bytes`);
  const storages = new Map<string, PickleStorage>();
  const hooks: PickleHooks = {
    fileBytes: source.size,
    allows: new Set(),
    persistent: (id, problem) => {
      const storage = persistentStorage(id, storages, problem);
      checkEntry(entries.get(`${root}data/${storage.key}`), storage, problem);
      return storage;
    },
  };
  const places = new Map<string, StoragePlace>();
  const pickle = await entry.read();
  const { value, end } = unpickle(pickle, 0, hooks, refusal(file));
  if (end !== pickle.length) return refuse(`${pickle.length - end} bytes follow its pickle`);
  return {
    root: value,
    elements: cached(async (storage) => elementsOf(storage.type, await entries.get(`${root}data/${storage.key}`)!.read())),
    place: ({ key }) => {
      const place = places.get(key) ?? placeOf(source, entries.get(`${root}data/${key}`)!);
      if (place !== undefined) places.set(key, place);
      return place;
    },
  };
}

function placeOf(source: Source, entry: ZipEntry): StoragePlace | undefined {
  if (entry.offset === undefined) return undefined;
  let checked: Promise<void> | undefined;
  return { source, offset: entry.offset, check: () => (checked ??= entry.check!()) };
}

/** Refusals of a pickle name the place in it. */
export const refusal =
  (file: string) =>
  (problem: string, offset: number): never => {
    throw errors.CHECKPOINT_REFUSED({ file, problem: `${problem} (byte ${offset} of the pickle)` });
  };

async function checkByteOrder(entry: ZipEntry | undefined, refuse: (problem: string) => never): Promise<void> {
  if (entry === undefined) return;
  const order = entry.size < 16 ? new TextDecoder().decode(await entry.read()) : "?";
  if (order.trim() !== "little") refuse(`its byte order is ${order}`);
}

function checkEntry(entry: ZipEntry | undefined, { key, type, size }: PickleStorage, refuse: (problem: string) => never): void {
  if (entry === undefined) refuse(`the archive has no storage \`${key.slice(0, 80)}\``);
  else if (entry.size !== size * elementBytes[type]) refuse(`the storage \`${key}\` of ${size} ${type} has ${entry.size} bytes`);
}

/** Tensors often share a storage; each is read once. */
export function cached(read: (storage: PickleStorage) => Promise<Elements>): (storage: PickleStorage) => Promise<Elements> {
  const known = new Map<string, Promise<Elements>>();
  return (storage) => {
    const elements = known.get(storage.key) ?? read(storage);
    known.set(storage.key, elements);
    return elements;
  };
}
