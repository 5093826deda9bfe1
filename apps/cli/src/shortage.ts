/** What the system answers when it has no more of something. This module imports nothing, so that it is there when no file can be opened. */
const shortages: ReadonlySet<unknown> = new Set(["EMFILE", "ENFILE", "ENOMEM", "ENOSPC", "EDQUOT"]);

/** True where the system has run out of files, memory or space, which is nobody's defect. */
export const isShortage = (error: unknown): error is Error =>
  error instanceof Error && shortages.has((error as { readonly code?: unknown }).code);

/** Message and remedy of `LEADER_CLI_SYSTEM_SHORT`. */
export const shortage = ({ problem }: { readonly problem: string }): { readonly message: string; readonly hint: string } => ({
  message: `the system cannot give what this program needs: ${problem}`,
  hint: "allow more open files (`ulimit -n 1024`), free memory or space on the disk, or stop other programs, and try again",
});

/** As `exitCodes.temporary`. */
export const shortageExitCode = 75;

/** Says so where not even the modules that print errors can be opened, and returns the exit code. */
export function tellShortage(error: Error): number {
  const { message, hint } = shortage({ problem: error.message });
  process.stderr.write(`LEADER_CLI_SYSTEM_SHORT\n  ${message}\n  ${hint}\n`);
  return shortageExitCode;
}
