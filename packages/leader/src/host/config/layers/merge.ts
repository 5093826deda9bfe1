import { isRecord } from "@leader/graph";
import { otherNameOf } from "../../envelope.js";
import { withoutKey } from "../put-at.js";
import { startsWith, type FindStated, type Layer } from "./layer.js";

/** Texts laid over each other. */
export interface Merged {
  readonly value: unknown;
  /** Who stated what counts. */
  readonly find: FindStated;
  /** The first of the layers that states a path, or takes away what others state there; undefined if none does. */
  layerOf(path: readonly PropertyKey[]): number | undefined;
}

type Path = readonly string[];

/**
 * Lays texts over each other, the first one on top.
 *
 * - A mapping is merged with the mapping below it, key by key; any other value, lists among them, takes the place of what is below it.
 * - A stage that names another `use` than the one below it takes nothing from that one: options belong to their stage.
 * - `null` in the place of a stage, of another key at the top, or of a param takes away what is below it.
 */
export function mergeLayers(layers: readonly Layer[]): Merged {
  const covered = layers.map((): Path[] => []);
  const value = layers.reduceRight<unknown>(
    (below, layer, i) => (i === layers.length - 1 ? layer.value : merge(below, layer.value, [], (path) => covered[i]!.push(path))),
    undefined,
  );
  const stated = (path: readonly PropertyKey[]): number | undefined => {
    const i = layers.findIndex((layer, n) => layer.find(named(layer, path), "value") !== undefined || covers(covered[n]!, path));
    return i < 0 ? undefined : i;
  };
  const find: FindStated = (path, at) => {
    for (const [i, layer] of layers.entries()) {
      const place = layer.find(named(layer, path), at);
      if (place !== undefined) return { by: layer.by, place };
      if (covers(covered[i]!, path)) return undefined;
    }
    return undefined;
  };
  return { value: layers.length === 1 ? value : withoutNulls(value), find, layerOf: stated };
}

const covers = (covered: readonly Path[], path: readonly PropertyKey[]): boolean => covered.some((prefix) => startsWith(path, prefix));

/** @param cover is told every path at which nothing of what is below counts */
function merge(below: unknown, above: unknown, path: Path, cover: (path: Path) => void): unknown {
  if (!isRecord(below) || !isRecord(above) || namesAnotherStage(below, above)) {
    cover(path);
    return above;
  }
  let result: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const [inner, known] = [[...path, key], keyIn(below, key, path)];
    if (known === undefined) result[key] = value;
    else {
      // The stage is called as the upper text calls it.
      if (known !== key) result = withoutKey(known, result);
      result[key] = merge(below[known], value, inner, cover);
    }
  }
  return result;
}

/** A stage may have two names (`satp`, `scheduler`). */
function keyIn(record: Readonly<Record<string, unknown>>, key: string, path: Path): string | undefined {
  if (Object.hasOwn(record, key)) return key;
  const other = path.length === 0 ? otherNameOf(key) : undefined;
  return other !== undefined && Object.hasOwn(record, other) ? other : undefined;
}

/** A path by the name that a layer has for its stage. */
function named(layer: Layer, path: readonly PropertyKey[]): readonly PropertyKey[] {
  const [first, ...rest] = path;
  const known = isRecord(layer.value) && first !== undefined ? keyIn(layer.value, String(first), []) : undefined;
  return known === undefined ? path : [known, ...rest];
}

const namesAnotherStage = (below: Readonly<Record<string, unknown>>, above: Readonly<Record<string, unknown>>): boolean =>
  typeof above["use"] === "string" && typeof below["use"] === "string" && above["use"] !== below["use"];

function withoutNulls(value: unknown): unknown {
  if (!isRecord(value)) return value;
  const kept = (record: object): Record<string, unknown> => Object.fromEntries(Object.entries(record).filter(([, one]) => one !== null));
  const result = kept(value);
  return isRecord(result["params"]) ? { ...result, params: kept(result["params"]) } : result;
}
