import { defined, type HostTensor } from "@leader/graph";
import type { StageEnvironment } from "@leader/core";
import { resolve } from "node:path";
import { errors } from "../../error-codes.js";

/** Ending of a path that asks for the transparency of a picture, 1 where it is opaque, in place of its colours. */
export const alphaOnly = "#alpha";

/** Where the files of a pipeline are. */
export interface EnvironmentOptions {
  /** The folder that relative paths are relative to. */
  readonly directory: string;
  /** Files by the names that pipelines use for them. */
  readonly files: Readonly<Record<string, string>>;
  /** Whether other files may be read, by their paths. */
  readonly localFiles: boolean;
  readonly warn: StageEnvironment["warn"];
  readonly loading?: StageEnvironment["loading"];
}

/** What stages may ask of the host: paths relative to the pipeline file (but for the names of `files`), arrays, and a place for warnings. */
export function stageEnvironment({ directory, files, localFiles, warn, loading }: EnvironmentOptions): StageEnvironment {
  const resolvePath = (path: string): string => {
    const [name, ending] = path.endsWith(alphaOnly) ? [path.slice(0, -alphaOnly.length), alphaOnly] : [path, ""];
    if (Object.hasOwn(files, name)) return `${files[name]!}${ending}`;
    // A stage may ask for a path that was resolved before.
    if (!localFiles && !Object.values(files).includes(name)) throw errors.FILE_NOT_OFFERED({ file: name, offered: Object.keys(files) });
    return resolve(directory, path);
  };
  return { resolvePath, readArray: (path) => readArray(resolvePath(path)), warn, ...defined({ loading }) };
}

/** `.npy` as stored; pictures as [C,H,W] float32 in [0,1], laid on black where they are transparent, C = 1 where all channels are equal. */
async function readArray(path: string): Promise<HostTensor> {
  // Loaded on use: most pipelines read no array, and the picture library is large.
  if (path.endsWith(".npy")) return (await import("../../picture/npy.js")).readNpy(path);
  const ofAlpha = path.endsWith(alphaOnly);
  const { tensor, alpha } = await (
    await import("../../picture/read-picture.js")
  ).readPicture(ofAlpha ? path.slice(0, -alphaOnly.length) : path, { equalAsOne: true });
  if (ofAlpha) {
    if (alpha === undefined) throw errors.PICTURE_OPAQUE({ file: path.slice(0, -alphaOnly.length) });
    return { ...alpha, shape: alpha.shape.slice(1) };
  }
  // In its place: a mask of 48 megapixels is large enough once.
  const { data } = tensor;
  for (let i = 0; i < data.length; i++) data[i] = ((data[i]! + 1) / 2) * (alpha === undefined ? 1 : alpha.data[i % alpha.data.length]!);
  return { ...tensor, shape: tensor.shape.slice(1) };
}
