import type { Command } from "commander";
import { collect } from "./collect.js";
import type { lock } from "./commands/lock.js";
import type { reproduce } from "./commands/reproduce.js";

/** The commands about what a result or a pipeline is made of. Only their options are here; what they do is loaded when they run. */
export function addResultCommands(program: Command): void {
  program
    .command("lock")
    .description("pin pipelines: write the content of all code and files that they name, and their options, to `leader.lock`")
    .argument("<pipelines...>", "pipeline files")
    .option("-o, --output <file>", "lock to write (default: the one beside the first pipeline or above, else a new one beside it)")
    .option("--param <name=value>", "pin with this value of a param; repeatable", collect, [])
    .option("--check", "change nothing, and say what differs", false)
    .option("--json", "machine-readable output", false)
    .action(async (pipelines: readonly string[], options: Parameters<typeof lock>[1]) => {
      const { lock } = await import("./commands/lock.js");
      process.exitCode = await lock(pipelines, options);
    });

  program
    .command("reproduce")
    .description("make results again from the record that they carry, and say whether every bit is the same, or what has changed")
    .argument("<results...>", "results of `restore` or of a task")
    .option("--input <file>", "the picture or measurement that a result was made from (default: found by its content)")
    .option("-p, --pipeline <file>", "restore with this pipeline in place of the recorded one, and say what differs")
    .option("--param <name=value>", "set a param of the pipeline that -p names; repeatable", collect, [])
    .option("--set <path=value>", "change one value of the pipeline; repeatable", collect, [])
    .option("--directory <folder>", "what paths in the record are relative to, and where plugins are looked for", ".")
    .option("--keep <folder>", "keep what was made")
    .option("--no-local-plugins", "refuse code that does not come with this program")
    .option("--max-memory <amount>", "memory to stop at, such as 800 (MiB) or 1.5G (default: 90 % of the free memory)")
    .option("--max-seconds <seconds>", "stop when one picture takes longer")
    .option("--json", "machine-readable output: one JSON object per line on standard output", false)
    .action(async (results: readonly string[], options: Parameters<typeof reproduce>[1]) => {
      const { reproduce } = await import("./commands/reproduce.js");
      process.exitCode = await reproduce(results, options);
    });
}
