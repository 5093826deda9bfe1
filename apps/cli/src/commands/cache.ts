import type { CacheAction } from "../worker/command-tasks.js";
import { elsewhere } from "../worker/elsewhere.js";

/** Says where things are kept between commands, lists them, or removes them; returns the exit code. */
export async function cache(action: CacheAction, { json }: { readonly json: boolean }): Promise<number> {
  return await elsewhere("cache", action, json);
}
