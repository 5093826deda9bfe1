import { pipelineSchema, writeFileAtomically } from "leader-restore";
import { exitCodes } from "../exit-codes.js";
import { loadPlugins } from "../load-plugins.js";

/** Writes the JSON Schema of pipeline files; returns the exit code. */
export async function schema(packages: readonly string[], options: { readonly output?: string }): Promise<number> {
  const loaded = await loadPlugins(packages);
  const text = `${JSON.stringify(pipelineSchema(loaded.map(({ plugin }) => plugin)), null, 2)}\n`;
  if (options.output === undefined) process.stdout.write(text);
  else await writeFileAtomically(options.output, text);
  return exitCodes.ok;
}
