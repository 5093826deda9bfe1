import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The command line of this checkout. */
export const leaderBin = fileURLToPath(new URL("../../../apps/cli/bin/leader.js", import.meta.url));

/** What a command took, in seconds. */
export interface CommandTime {
  /** From its start to its end. */
  readonly clock: number;
  /** Of all processors, for the command and every process that it waited for; absent where no shell can tell. */
  readonly processor?: number;
}

/** Runs `leader` with arguments in a folder, under a shell that adds up processor time. Errors: it fails. */
export function leaderTime(folder: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): CommandTime {
  const command = [process.execPath, leaderBin, ...args];
  const [program = "", ...rest] =
    process.platform === "win32" ? command : ["sh", "-c", '"$@" >&2; code=$?; times; exit $code', "sh", ...command];
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(program, rest, {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, ...environment },
  });
  const clock = (performance.now() - start) / 1000;
  if (status !== 0) throw new Error(`leader ${args.join(" ")}: exit code ${status}: ${stderr}`);
  const processor = processorSeconds(stdout);
  return { clock, ...(processor === undefined ? {} : { processor }) };
}

/** The second line of the built-in `times` is that of the children: minutes and seconds of the user and of the system. */
function processorSeconds(times: string): number | undefined {
  const parts = [...(times.split("\n")[1] ?? "").matchAll(/(\d+)m([\d.]+)s/gu)];
  if (parts.length !== 2) return undefined;
  return parts.reduce((sum, [, minutes, seconds]) => sum + 60 * Number(minutes) + Number(seconds), 0);
}
