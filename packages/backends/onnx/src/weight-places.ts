import { dirname, isAbsolute, relative, sep } from "node:path";
import { graphErrors, isOp, storedElements, storedFile, type Graph, type StoredFile } from "@leader/graph";
import type { ExternalWeights } from "@leader/graph/onnx";
import { WeightFolder } from "./weight-folder.js";

/** Constants below this size stay in the model even if the others go to a file. */
const smallestExternalBytes = 1024;

/** Bytes of the constants of a graph by where they are. */
export interface WeightBytes {
  readonly inMemory: number;
  /** In files, where they stay. */
  readonly stored: number;
}

export function weightBytes(graph: Graph): WeightBytes {
  let [inMemory, stored] = [0, 0];
  for (const node of graph.nodes) {
    if (!isOp(node, "Constant")) continue;
    const elements = storedElements(node.attrs.value);
    if (elements === undefined) inMemory += node.attrs.value.data.byteLength;
    else stored += elements.byteLength;
  }
  return { inMemory, stored };
}

/**
 * Where the runtime finds the weights of one session: those that lie in files stay there and are mapped into memory from where they are; many
 * others go to a temporary file, few into the model.
 */
export class WeightPlaces {
  private constructor(
    readonly external: ExternalWeights,
    /** The folder that the model's references are relative to; undefined without references. */
    readonly base: string | undefined,
    readonly folder: WeightFolder | undefined,
    readonly files: readonly StoredFile[],
  ) {}

  /**
   * @param embeddedWeightBytes weights in memory of more bytes than this go to a file.
   * @param isOnDisk whether native code can open a file
   */
  static async of(
    graph: Graph,
    embeddedWeightBytes: number,
    isOnDisk = (path: string): boolean => nativeCanOpen(path, process.versions["pnp"]),
  ): Promise<WeightPlaces> {
    const files = storedFiles(graph);
    const { inMemory, stored } = weightBytes(graph);
    // Files on several drives have no common folder, and those in archives no place: their weights are copied.
    const together = files.every(({ path }) => isOnDisk(path)) ? commonFolder(files.map(({ path }) => dirname(path))) : undefined;
    const copied = inMemory + (files.length > 0 && together === undefined ? stored : 0);
    const folder = copied > embeddedWeightBytes ? await WeightFolder.create() : undefined;
    const own = folder === undefined ? [] : [dirname(folder.file)];
    const all = commonFolder([...(together === undefined ? [] : [together]), ...own]);
    const base = all ?? own[0];
    const fileName = folder === undefined || base === undefined ? {} : { fileName: referenceTo(folder.file, base) };
    const inPlace = ({ path }: StoredFile): string | undefined =>
      together === undefined || all === undefined ? undefined : referenceTo(path, all);
    return new WeightPlaces({ minBytes: smallestExternalBytes, inPlace, ...fileName }, base, folder, files);
  }

  /** To be called before the runtime opens the files and after. @throws WEIGHTS_CHANGED if it may have found others than were read. */
  checkUnchanged(): void {
    const changed = this.files.find(({ path, stamp }) => stampAt(path) !== stamp);
    if (changed !== undefined) throw graphErrors.WEIGHTS_CHANGED({ file: changed.path });
  }
}

/**
 * Whether a path is one for native code too. Under Yarn's Plug'n'Play packages stay zipped, and those with peers have paths that only Node's
 * patched file system knows.
 * @param pnp version of Plug'n'Play, where it is in use
 */
export const nativeCanOpen = (path: string, pnp: string | undefined): boolean =>
  pnp === undefined || !/\.zip[\\/]|[\\/]__virtual__[\\/]/u.test(path);

function storedFiles(graph: Graph): readonly StoredFile[] {
  const files = new Map<string, StoredFile>();
  for (const node of graph.nodes) {
    const elements = isOp(node, "Constant") ? storedElements(node.attrs.value) : undefined;
    if (elements !== undefined) files.set(elements.file.stamp, elements.file);
  }
  return [...files.values()];
}

function stampAt(path: string): string | undefined {
  try {
    return storedFile(path).stamp;
  } catch {
    return undefined;
  }
}

/** The deepest folder that all others lie in; undefined for none, or where there is no such folder. */
export function commonFolder(folders: readonly string[]): string | undefined {
  return folders.reduce<string | undefined>((common, folder) => {
    let shared = common;
    while (shared !== undefined && !isInside(folder, shared)) shared = dirname(shared) === shared ? undefined : dirname(shared);
    return shared;
  }, folders[0]);
}

function isInside(folder: string, outer: string): boolean {
  const path = relative(outer, folder);
  return !isAbsolute(path) && path !== ".." && !path.startsWith(`..${sep}`);
}

const referenceTo = (file: string, base: string): string => relative(base, file).split(sep).join("/");
