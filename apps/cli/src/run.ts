import { CommanderError } from "commander";
import { followStarter } from "./engines/attempt.js";
import { exitCodes } from "./exit-codes.js";
import { program } from "./main.js";
import { isShortage, tellShortage } from "./shortage.js";
import { watchStandardStreams } from "./standard-streams.js";

watchStandardStreams();
followStarter();
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Help and version are no failures; commander has printed everything else already.
    process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  } else {
    process.exitCode = await codeOfFailure(error);
  }
}
// Left to itself, Node takes its listeners down before it ends, and a signal in these last moments would end it by itself, without the
// documented code. Everything is written by then.
process.once("beforeExit", () => process.exit());

/** Prints an error; also where not even the module that does so can be opened any more. Returns the exit code. */
async function codeOfFailure(error: unknown): Promise<number> {
  try {
    const { reportFailure } = await import("./failure.js");
    return reportFailure(error, process.argv.includes("--json"));
  } catch (second) {
    if (!isShortage(second)) throw second;
    return tellShortage(second);
  }
}
