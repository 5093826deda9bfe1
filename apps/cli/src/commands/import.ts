import { elsewhere } from "../worker/elsewhere.js";
import type { ImportRequest } from "../worker/command-tasks.js";

/** Writes the network of a checkpoint as an ONNX file. Returns the exit code. */
export async function importNetwork(
  file: string,
  { json, ...options }: Omit<ImportRequest, "file"> & { readonly json: boolean },
): Promise<number> {
  return await elsewhere("import", { ...options, file }, json);
}
