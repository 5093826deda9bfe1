import { exitCodes } from "./exit-codes.js";

/**
 * Keeps a standard output that is closed or full from ending the process in the middle of its work. A reader who has seen
 * enough (`| head -1`) is no error: what is written to files is written, and the rest of the text goes nowhere. A full disk
 * is one, and decides the exit code if nothing else does.
 */
export function watchStandardStreams(): void {
  let told = false;
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (told || error.code === "EPIPE") return;
    told = true;
    void tell(error.message);
    process.on("exit", (code) => {
      if (code === exitCodes.ok) process.exitCode = exitCodes.temporary;
    });
  });
  // Nobody is left to tell.
  process.stderr.on("error", () => undefined);
}

// Loaded when it is wanted: help needs none of it.
async function tell(problem: string): Promise<void> {
  const [{ errors }, { errorText }] = await Promise.all([import("./error-codes.js"), import("./render/errors.js")]);
  process.stderr.write(`${errorText(errors.OUTPUT_FAILED({ problem }))}\n`);
}
