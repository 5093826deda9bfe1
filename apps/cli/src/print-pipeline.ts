import type { Output } from "./render/output.js";
import type { Workplace } from "./worker/workplace.js";
import { exitCodes } from "./exit-codes.js";

/** Writes the pipeline that is open as one text; no plugin has run. Returns the exit code. */
export async function printPipeline(workplace: Workplace, output: Output, signal: AbortSignal): Promise<number> {
  const text = await workplace.do("compose", undefined, { signal });
  output.record({ type: "pipeline", text });
  output.text(text.trimEnd());
  return exitCodes.ok;
}
