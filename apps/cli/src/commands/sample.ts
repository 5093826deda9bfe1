import type { SampleRequest } from "../worker/command-tasks.js";
import { elsewhere } from "../worker/elsewhere.js";

/** Draws the landscape of the demo, for first steps without a picture of one's own; returns the exit code. */
export async function sample(
  file: string,
  { json, ...options }: Omit<SampleRequest, "file"> & { readonly json: boolean },
): Promise<number> {
  return await elsewhere("sample", { ...options, file }, json);
}
