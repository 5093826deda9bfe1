import { pipelineSchema, writeFileAtomically } from "leader";
import { bundledOptions } from "../bundled.js";
import { exitCodes } from "../exit-codes.js";

/** Writes the JSON Schema of pipeline files; returns the exit code. */
export async function schema(packages: readonly string[], options: { readonly output?: string }): Promise<number> {
  const { bundled = {} } = await bundledOptions();
  const text = `${JSON.stringify(await pipelineSchema([...Object.keys(bundled), ...packages], { bundled, from: process.cwd() }), null, 2)}\n`;
  if (options.output === undefined) process.stdout.write(text);
  else await writeFileAtomically(options.output, text);
  return exitCodes.ok;
}
