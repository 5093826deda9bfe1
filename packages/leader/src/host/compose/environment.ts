import type { HostTensor } from "@leader/graph";
import type { StageEnvironment } from "@leader/core";
import { resolve } from "node:path";

/** What stages may ask of the host: paths relative to the pipeline file (but for the names of `files`), arrays, and a place for warnings. */
export function stageEnvironment(
  directory: string,
  files: Readonly<Record<string, string>>,
  warn: StageEnvironment["warn"],
): StageEnvironment {
  const resolvePath = (path: string): string => (Object.hasOwn(files, path) ? files[path]! : resolve(directory, path));
  return { resolvePath, readArray: (path) => readArray(resolvePath(path)), warn };
}

/** `.npy` as stored; pictures as [C,H,W] float32 in [0,1]. */
async function readArray(path: string): Promise<HostTensor> {
  // Loaded on use: most pipelines read no array, and the picture library is large.
  if (path.endsWith(".npy")) return (await import("../../picture/npy.js")).readNpy(path);
  const { tensor } = await (await import("../../picture/read-picture.js")).readPicture(path);
  return { shape: tensor.shape.slice(1), dtype: "float32", data: Float32Array.from(tensor.data, (value) => (value + 1) / 2) };
}
