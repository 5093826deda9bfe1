import { availableParallelism, totalmem } from "node:os";
import { exitCodes } from "../exit-codes.js";
import { makeOutput } from "../render/output.js";
import { runTrial } from "../doctor/run-trial.js";
import type { Trial, TrialRequest } from "../worker/trial.js";
import { version } from "../version.js";
import { ask } from "../worker/ask.js";
import { pluginSeconds } from "../worker/plugin-seconds.js";
import { showWarnings } from "../worker/warnings.js";
import type { PluginListing } from "../worker/tasks.js";

/** Tries every backend of the bundled plugins and of the given packages; returns the exit code: 0 if one works. */
export async function doctor(packages: readonly string[], options: { readonly json: boolean }): Promise<number> {
  const output = makeOutput(options.json);
  const machine = {
    leader: version,
    node: process.version,
    system: `${process.platform}-${process.arch}`,
    processors: availableParallelism(),
    memoryGiB: Number((totalmem() / 2 ** 30).toFixed(1)),
  };
  output.record({ type: "machine", ...machine });
  output.text(
    `leader ${version}, Node ${machine.node}, ${machine.system}, ${machine.processors} processors, ${machine.memoryGiB} GiB of memory`,
  );
  return await ask({}, async (workplace, { signal }) => {
    const watched = { signal, onEvent: showWarnings, ownSeconds: pluginSeconds };
    const backends = backendsIn(await workplace.do("plugins", { packages, installed: true }, watched));
    let working = 0;
    // One after another: what is measured must not compete, and devices may exclude each other.
    for (const { plugin, stage } of backends) {
      const trial = await runTrial({ plugin, stage }, signal);
      if (trial.works) working++;
      output.record({ type: "backend", use: `${plugin}#${stage}`, ...trial });
      for (const line of linesOf(`${plugin}#${stage}`, trial)) output.text(line);
    }
    if (working === 0) output.text("no backend works here: `leader#reference` computes everywhere, but slowly");
    return working > 0 ? exitCodes.ok : exitCodes.badInput;
  });
}

function backendsIn(listed: readonly PluginListing[]): readonly TrialRequest[] {
  return listed.flatMap(({ name, stages }) =>
    stages.flatMap(({ use, kind }) => (kind === "backend" ? [{ plugin: name, stage: use.slice(name.length + 1) }] : [])),
  );
}

function linesOf(use: string, trial: Trial): readonly string[] {
  if (!trial.works)
    return [`  fails  ${use}`, `           ${trial.reason}`, ...(trial.hint === undefined ? [] : [`           ${trial.hint}`])];
  const { description, startSeconds, runMilliseconds, largestError } = trial;
  return [
    `  works  ${use}`,
    `           ${description}`,
    `           started in ${startSeconds.toFixed(1)} s, small graph ${runMilliseconds.toFixed(1)} ms, error ${largestError.toExponential(0)}`,
  ];
}
