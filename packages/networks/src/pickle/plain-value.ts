import { PickleList, PickleMap, PickleTuple, type PickleValue } from "./values.js";

/** Settings from a pickle as plain data: numbers, texts, lists and records. Anything else is undefined. */
export function plainValue(value: PickleValue, depth = 0): unknown {
  if (depth > 4) return undefined;
  if (value instanceof PickleList || value instanceof PickleTuple)
    return value.items.slice(0, 64).map((item) => plainValue(item, depth + 1));
  if (value instanceof PickleMap) {
    return Object.fromEntries(
      [...value.entries].slice(0, 64).flatMap(([key, item]) => (typeof key === "string" ? [[key, plainValue(item, depth + 1)]] : [])),
    );
  }
  return typeof value === "object" && value !== null ? undefined : value;
}
