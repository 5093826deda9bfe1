import type { HostTensor } from "@leader/graph";
import type { StageEnvironment } from "@leader/core";
import { resolve } from "node:path";
import { errors } from "../../error-codes.js";

/** Ending of a path that asks for the transparency of a picture, 1 where it is opaque, in place of its colours. */
export const alphaOnly = "#alpha";

/** What stages may ask of the host: paths relative to the pipeline file (but for the names of `files`), arrays, and a place for warnings. */
export function stageEnvironment(
  directory: string,
  files: Readonly<Record<string, string>>,
  warn: StageEnvironment["warn"],
): StageEnvironment {
  const resolvePath = (path: string): string => (Object.hasOwn(files, path) ? files[path]! : resolve(directory, path));
  return { resolvePath, readArray: (path) => readArray(resolvePath(path)), warn };
}

/** `.npy` as stored; pictures as [C,H,W] float32 in [0,1], laid on black where they are transparent. */
async function readArray(path: string): Promise<HostTensor> {
  // Loaded on use: most pipelines read no array, and the picture library is large.
  if (path.endsWith(".npy")) return (await import("../../picture/npy.js")).readNpy(path);
  const ofAlpha = path.endsWith(alphaOnly);
  const { tensor, alpha } = await (
    await import("../../picture/read-picture.js")
  ).readPicture(ofAlpha ? path.slice(0, -alphaOnly.length) : path);
  if (ofAlpha) {
    if (alpha === undefined) throw errors.PICTURE_OPAQUE({ file: path.slice(0, -alphaOnly.length) });
    return { ...alpha, shape: alpha.shape.slice(1) };
  }
  const opacity = (i: number): number => (alpha === undefined ? 1 : alpha.data[i % alpha.data.length]!);
  return {
    shape: tensor.shape.slice(1),
    dtype: "float32",
    data: Float32Array.from(tensor.data, (value, i) => ((value + 1) / 2) * opacity(i)),
  };
}
