import { Argument, type Command } from "commander";
import type { CacheAction } from "./worker/command-tasks.js";

/** The command about what is kept between commands. Only its options are here; what it does is loaded when it runs. */
export function addCacheCommand(program: Command): void {
  program
    .command("cache")
    .description("what is kept between commands, decompositions of operators: say where, list it with sizes, or remove it")
    .addArgument(new Argument("[action]", "what to do").choices(["list", "path", "clear"]).default("list"))
    .option("--json", "machine-readable output", false)
    .action(async (action: CacheAction, options: { readonly json: boolean }) => {
      const { cache } = await import("./commands/cache.js");
      process.exitCode = await cache(action, options);
    });
}
