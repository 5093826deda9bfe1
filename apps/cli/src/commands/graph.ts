import { errors } from "../error-codes.js";
import { exitCodes } from "../exit-codes.js";
import { limitsOf, requestOf, type LimitOptions, type PipelineCommandOptions } from "../options.js";
import { pictureSize } from "../picture-size.js";
import { makeOutput } from "../render/output.js";
import { ask } from "../worker/ask.js";

interface GraphOptions extends PipelineCommandOptions, LimitOptions {
  readonly size: string;
  readonly phase?: string;
}

/** Prints the graphs of a pipeline; returns the exit code. */
export async function graph(options: GraphOptions): Promise<number> {
  const output = makeOutput(options.json);
  const size = pictureSize(options.size);
  return await ask({ pipeline: requestOf(options), limits: limitsOf(options) }, async (workplace, { signal }) => {
    const printed = Object.entries(await workplace.do("graphs", size, { signal }));
    const chosen = printed.filter(([name]) => options.phase === undefined || name === options.phase);
    if (chosen.length === 0) {
      throw errors.USAGE({
        problem: `there is no phase \`${options.phase ?? ""}\``,
        hint: `phases are ${printed.map(([name]) => name).join(", ")}`,
      });
    }
    for (const [name, text] of chosen) {
      output.record({ type: "graph", phase: name, text });
      output.text(`// ${name}\n${text}\n`);
    }
    return exitCodes.ok;
  });
}
