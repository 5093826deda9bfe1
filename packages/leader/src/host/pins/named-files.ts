import { readdir, stat } from "node:fs/promises";
import { basename, dirname, extname, isAbsolute, join, resolve } from "node:path";
import { isRecord } from "@leader/graph";
import type { ResolvedStage } from "../types.js";
import { fileIntegrity, integrityOf } from "./integrity.js";

/** Where texts that name files lead. */
export interface FilePlaces {
  /** The folder that relative paths are relative to. */
  readonly directory: string;
  /** Files by the names that pipelines use for them. */
  readonly files: Readonly<Record<string, string>>;
}

type Stages = Readonly<Record<string, ResolvedStage>>;

/** Stages without the places of this machine, and the content of the files that their options name. */
export interface PortableStages {
  readonly stages: Record<string, ResolvedStage>;
  readonly files: Record<string, string>;
}

/** Ending by which a picture's transparency is asked for. */
const ending = /#alpha$/u;

/** A path has a dot or a slash; what has neither is an option, even if a file of that name lies about. */
const looksLikePath = (text: string): boolean => /[./\\]/u.test(text) && text.length <= 4096 && !/^[./\\]*$/u.test(text);

/**
 * Finds the files that texts among the options name, with their content. Absolute paths are shortened to the file's name: they say
 * nothing to another machine, and something about this one.
 */
export async function portableStages(stages: Stages, places: FilePlaces): Promise<PortableStages> {
  const found = new Map<string, string>();
  const named = async (text: string): Promise<string> => {
    const name = text.replace(ending, "");
    const path = await pathOf(name, places);
    if (path === undefined) return text;
    const integrity = await fileIntegrity(path);
    const short = isAbsolute(name) && !Object.hasOwn(places.files, name) ? shortName(name, integrity, found) : name;
    found.set(short, integrity);
    for (const beside of await weightsBeside(path)) found.set(`${short}${beside.slice(path.length)}`, await fileIntegrity(beside));
    return `${short}${text.slice(name.length)}`;
  };
  const portable = async (value: unknown): Promise<unknown> => {
    if (typeof value === "string") return await named(value);
    if (Array.isArray(value)) return await inOrder(value, portable);
    if (!isRecord(value) || ArrayBuffer.isView(value)) return value;
    const keys = Object.keys(value);
    const values = await inOrder(Object.values(value), portable);
    return Object.fromEntries(keys.map((key, i) => [key, values[i]]));
  };
  const made: Record<string, ResolvedStage> = {};
  for (const [role, stage] of Object.entries(stages)) made[role] = { use: stage.use, with: await portable(stage.with) };
  return { stages: made, files: Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1))) };
}

async function inOrder(values: readonly unknown[], f: (value: unknown) => Promise<unknown>): Promise<readonly unknown[]> {
  const results: unknown[] = [];
  for (const value of values) results.push(await f(value));
  return results;
}

async function pathOf(name: string, { directory, files }: FilePlaces): Promise<string | undefined> {
  if (Object.hasOwn(files, name)) return files[name];
  if (!looksLikePath(name)) return undefined;
  const path = resolve(directory, name);
  const info = await stat(path).catch(() => undefined);
  return info?.isFile() === true || info?.isDirectory() === true ? path : undefined;
}

/** Two files of one name in different folders are told apart by their content. */
function shortName(path: string, integrity: string, found: ReadonlyMap<string, string>): string {
  const name = basename(path);
  return (found.get(name) ?? integrity) === integrity ? name : `${integrityOf(path).slice(-8)}-${name}`;
}

/** Files of weights that an ONNX file refers to lie beside it under a name that begins with its own. */
async function weightsBeside(path: string): Promise<readonly string[]> {
  if (extname(path).toLowerCase() !== ".onnx") return [];
  const names = await readdir(dirname(path)).catch(() => []);
  return names
    .filter(
      (name) =>
        name.startsWith(basename(path)) && /^[._-]?(?:external[._-])?(?:data|weights|bin)$/u.test(name.slice(basename(path).length)),
    )
    .sort()
    .map((name) => join(dirname(path), name));
}
