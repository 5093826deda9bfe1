import { elsewhere } from "../worker/elsewhere.js";

/** Checks a built plugin package as its users will meet it; returns the exit code: `badInput` if there is an error. */
export async function pluginCheck(folder: string, { json }: { readonly json: boolean }): Promise<number> {
  return await elsewhere("pluginCheck", { folder }, json);
}
