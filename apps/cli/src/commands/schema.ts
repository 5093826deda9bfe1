import { writeFileAtomically } from "leader-restore";
import { exitCodes } from "../exit-codes.js";
import { prepareFolders } from "../outputs.js";
import { ask } from "../worker/ask.js";

/** Writes the JSON Schema of pipeline files; returns the exit code. */
export async function schema(packages: readonly string[], options: { readonly output?: string }): Promise<number> {
  if (options.output !== undefined) await prepareFolders([options.output]);
  return await ask({}, async (workplace, signal) => {
    const text = `${JSON.stringify(await workplace.do("schema", packages, { signal }), null, 2)}\n`;
    if (options.output === undefined) process.stdout.write(text);
    else await writeFileAtomically(options.output, text);
    return exitCodes.ok;
  });
}
