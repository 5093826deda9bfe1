import { loadPipeline } from "leader-restore";
import { bundledOptions } from "../bundled.js";
import { errors } from "../error-codes.js";
import { exitCodes } from "../exit-codes.js";
import { pictureSize, type PipelineCommandOptions } from "../options.js";
import { makeOutput } from "../render/output.js";

interface GraphOptions extends PipelineCommandOptions {
  readonly size: string;
  readonly phase?: string;
}

/** Prints the graphs of a pipeline; returns the exit code. */
export async function graph(options: GraphOptions): Promise<number> {
  const output = makeOutput(options.json);
  const { height, width } = pictureSize(options.size);
  const pipeline = await loadPipeline(options.pipeline, { ...(await bundledOptions()), set: options.set });
  const printed = Object.entries(await pipeline.graphs({ shape: [1, 3, height, width], dtype: "float32" }));
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
}
