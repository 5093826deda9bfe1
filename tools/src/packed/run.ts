import { spawnSync } from "node:child_process";

/** How a command ended. */
export interface Ended {
  readonly status: number | null;
  readonly output: string;
  readonly seconds: number;
}

/** Runs a command to its end, with what it says kept. */
export function run(cwd: string, command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Ended {
  const start = Date.now();
  const { status, stdout, stderr, error } = spawnSync(command, [...args], {
    cwd,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    shell: process.platform === "win32",
    // What the workspace tells its own npm (no scripts, no audit) is not what a user's npm is told.
    env: { ...withoutNpmSettings(process.env), ...env },
  });
  return { status, output: `${stdout}${stderr}${error?.message ?? ""}`, seconds: (Date.now() - start) / 1000 };
}

/** The same, and an error where it fails. @returns what it said */
export function mustRun(cwd: string, command: string, args: readonly string[], env?: Readonly<Record<string, string>>): string {
  const { status, output } = run(cwd, command, args, env);
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed with exit code ${status ?? "none"}:\n${output.slice(-4000)}`);
  return output;
}

const withoutNpmSettings = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !/^npm_/iu.test(name) && name !== "INIT_CWD"));
