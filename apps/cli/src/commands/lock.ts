import { defined } from "@leader/graph/records";
import { checkOrdinaryFile } from "leader-restore/supervision";
import type { PinnedPipeline } from "leader-restore";
import { exitCodes } from "../exit-codes.js";
import { Interruption } from "../interruption.js";
import { requestOf } from "../options.js";
import { checkKept } from "../outputs.js";
import { elsewhere } from "../worker/elsewhere.js";
import { openWorkplace } from "../worker/workplace.js";

interface LockOptions {
  readonly output?: string;
  /** `name=value`, for all pipelines. */
  readonly param: readonly string[];
  readonly check: boolean;
  readonly json: boolean;
}

/** Pins pipelines in a lock file, beside those that it has, or says what differs from it; returns the exit code. */
export async function lock(pipelines: readonly string[], { output, param, check, json }: LockOptions): Promise<number> {
  if (output !== undefined) await checkKept([output], pipelines);
  const request = { pipelines, check, ...defined({ output }) };
  const code = await elsewhere("lock", request, json);
  if (code !== exitCodes.ok) return code;
  const pinned: PinnedPipeline[] = [];
  {
    using interruption = new Interruption();
    try {
      for (const file of pipelines) pinned.push(await pinnedOf(file, param, interruption.signal));
    } catch (error) {
      if (interruption.exitCode !== undefined) return interruption.exitCode;
      throw error;
    }
  }
  return await elsewhere("lock", { ...request, pinned }, json);
}

async function pinnedOf(file: string, param: readonly string[], signal: AbortSignal): Promise<PinnedPipeline> {
  await checkOrdinaryFile(file);
  await using workplace = openWorkplace({ pipeline: requestOf({ pipeline: file, set: [], param, localPlugins: true }) });
  return await workplace.do("pin", undefined, { signal });
}
