import { writeFileAtomically } from "leader-restore/supervision";
import { openBenchPlace } from "../bench/bench-place.js";
import { exitCodes } from "../exit-codes.js";
import { prepareFiles } from "../outputs.js";
import { ask } from "../worker/ask.js";
import { pluginSeconds } from "../worker/plugin-seconds.js";
import { showWarnings } from "../worker/warnings.js";

/** Writes the JSON Schema of pipeline files, or of bench files; returns the exit code. */
export async function schema(
  packages: readonly string[],
  options: { readonly output?: string; readonly bench?: boolean; readonly localPlugins: boolean },
): Promise<number> {
  if (options.output !== undefined) await prepareFiles([options.output]);
  const write = async (value: unknown): Promise<number> => {
    const text = `${JSON.stringify(value, null, 2)}\n`;
    if (options.output === undefined) process.stdout.write(text);
    else await writeFileAtomically(options.output, text);
    return exitCodes.ok;
  };
  if (options.bench === true) {
    await using place = openBenchPlace();
    return await write(await place.do("schema", undefined));
  }
  const request = { packages, installed: options.localPlugins };
  return await ask(
    {},
    async (workplace, { signal }) =>
      await write(await workplace.do("schema", request, { signal, onEvent: showWarnings, ownSeconds: pluginSeconds })),
  );
}
