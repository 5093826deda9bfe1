import { exitCodes } from "../exit-codes.js";
import { makeOutput } from "../render/output.js";
import { ask } from "../worker/ask.js";
import { pluginSeconds } from "../worker/plugin-seconds.js";
import { showWarnings } from "../worker/warnings.js";

/** Lists the stages of the bundled plugins, of those that the project here depends on, and of the given packages; returns the exit code. */
export async function plugins(
  packages: readonly string[],
  options: { readonly json: boolean; readonly localPlugins: boolean },
): Promise<number> {
  const output = makeOutput(options.json);
  const request = { packages, installed: options.localPlugins };
  return await ask({}, async (workplace, { signal }) => {
    for (const { name, version, apiVersion, path, origin, stages } of await workplace.do("plugins", request, {
      signal,
      onEvent: showWarnings,
      ownSeconds: pluginSeconds,
    })) {
      output.record({ type: "plugin", name, version, apiVersion, path, origin, stages });
      output.text(`${name}@${version} (plugin API ${apiVersion})`);
      for (const stage of stages) output.text(`  ${stage.use.padEnd(44)} ${stage.kind.padEnd(12)} ${stage.summary}`);
    }
    return exitCodes.ok;
  });
}
