import { exitCodes } from "../exit-codes.js";
import { loadPlugins } from "../load-plugins.js";
import { makeOutput } from "../render/output.js";

/** Lists the stages of the bundled plugins and of the given packages; returns the exit code. */
export async function plugins(packages: readonly string[], options: { readonly json: boolean }): Promise<number> {
  const output = makeOutput(options.json);
  for (const { name, version, apiVersion, path, plugin } of await loadPlugins(packages)) {
    const stages = Object.entries(plugin.stages).map(([stage, { kind, summary, reference, requires = [] }]) => ({
      use: `${name}#${stage}`,
      kind,
      summary,
      reference,
      requires,
    }));
    output.record({ type: "plugin", name, version, apiVersion, path, stages });
    output.text(`${name}@${version} (plugin API ${apiVersion})`);
    for (const stage of stages) output.text(`  ${stage.use.padEnd(44)} ${stage.kind.padEnd(12)} ${stage.summary}`);
  }
  return exitCodes.ok;
}
