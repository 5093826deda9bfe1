import { elsewhere } from "../worker/elsewhere.js";
import type { InspectRequest } from "../worker/command-tasks.js";

/** Says what a file of weights or a network is, without reading its weights. Returns the exit code. */
export async function inspect(
  file: string,
  { json, ...options }: Omit<InspectRequest, "file"> & { readonly json: boolean },
): Promise<number> {
  return await elsewhere("inspect", { ...options, file }, json);
}
