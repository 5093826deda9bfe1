import { PickleGlobal, PickleStorage, PickleTuple, storageTypes, type PickleValue } from "./values.js";

/** The storage that a persistent id `("storage", type, key, location, elements[, view])` names; the same key is the same storage. */
export function persistentStorage(id: PickleValue, known: Map<string, PickleStorage>, refuse: (problem: string) => never): PickleStorage {
  const items = id instanceof PickleTuple ? id.items : [];
  const [kind, type, key, , size, part] = items;
  if (kind !== "storage" || items.length < 5 || items.length > 6) return refuse("a persistent id names no storage");
  const element = type instanceof PickleGlobal && type.module === "torch" ? storageTypes.get(type.name) : undefined;
  if (element === undefined || typeof key !== "string") return refuse("a storage has no type");
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) return refuse("a storage has no size");
  if (part !== undefined && part !== null) return refuse("a storage is a part of another, as before PyTorch 0.4");
  const before = known.get(key);
  if (before !== undefined)
    return before.type === element && before.size === size ? before : refuse(`the storage \`${key.slice(0, 80)}\` has two types`);
  const storage = new PickleStorage(key, element, size);
  known.set(key, storage);
  return storage;
}
