import { describePlugins } from "leader";
import { bundledOptions } from "../bundled.js";
import { exitCodes } from "../exit-codes.js";
import { makeOutput } from "../render/output.js";

/** Lists the stages of the bundled plugins and of the given packages; returns the exit code. */
export async function plugins(packages: readonly string[], options: { readonly json: boolean }): Promise<number> {
  const output = makeOutput(options.json);
  const { bundled = {} } = await bundledOptions();
  const found = await describePlugins([...Object.keys(bundled), ...packages], { bundled, from: process.cwd() });
  for (const plugin of found) {
    output.record({ type: "plugin", ...plugin });
    output.text(`${plugin.name}@${plugin.version} (plugin API ${plugin.apiVersion})`);
    for (const stage of plugin.stages) {
      output.text(`  ${`${plugin.name}#${stage.name}`.padEnd(44)} ${stage.kind.padEnd(12)} ${stage.summary}`);
    }
  }
  return exitCodes.ok;
}
