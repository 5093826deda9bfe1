import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";

/** The command line as people start it. */
const bin = fileURLToPath(new URL("../../../../apps/cli/bin/leader.js", import.meta.url));

export interface CliOptions {
  readonly cwd: string;
  /** Program and arguments that the command is started through, such as `["unshare", "-n"]`. */
  readonly through?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Module of another program. Default: the command line. */
  readonly program?: string;
}

/** How a command ended. */
export interface CliEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Milliseconds after which a command hangs: they all compute a fraction of a second, but a crowded machine may take long over it. */
const longestMs = 600_000;

/** A running command, in a process group of its own. */
export class RunningCli {
  readonly ended: Promise<CliEnd>;
  readonly #child: ChildProcess;
  #stdout = "";
  #stderr = "";
  #lines = 0;
  #waiting: (() => void)[] = [];
  #over = false;

  constructor(args: readonly string[], { cwd, through = [], env = {}, program = bin }: CliOptions) {
    const [first, ...rest] = [...through, process.execPath, program, ...args];
    const child = spawn(first!, rest, { cwd, stdio: ["ignore", "pipe", "pipe"], detached: true, env: { ...process.env, ...env } });
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout += text;
      this.#lines += text.split("\n").length - 1;
      this.#look();
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
      this.#look();
    });
    this.#child = child;
    this.ended = once(child, "close").then(([code, signal]) => {
      this.#over = true;
      this.#look();
      const end = { code: code as number | null, signal: signal as NodeJS.Signals | null, stdout: this.#stdout, stderr: this.#stderr };
      return end;
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** What it has said so far. */
  get stderr(): string {
    return this.#stderr;
  }

  get over(): boolean {
    return this.#over;
  }

  /** Resolves when the command has written so many lines of output, or has ended. */
  async lines(count: number): Promise<void> {
    await this.#until(() => this.#lines >= count);
  }

  /** Resolves when something is in the output or among the errors, or the command has ended. */
  async said(what: RegExp): Promise<void> {
    await this.#until(() => what.test(this.#stdout) || what.test(this.#stderr));
  }

  async #until(met: () => boolean): Promise<void> {
    while (!this.#over && !met()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #look(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** To the command alone, or to its whole group as a terminal does. */
  signal(name: NodeJS.Signals, group: boolean): void {
    try {
      process.kill(group ? -this.pid : this.pid, name);
    } catch {
      // It has ended: the case is then one of a signal that came too late.
    }
  }

  /** The end, or an error if there is none in time; nothing of the command is left afterwards. */
  async end(limitMs: number = longestMs): Promise<CliEnd> {
    const late = new AbortController();
    const hanging = sleep(limitMs, undefined, { signal: late.signal }).then(() => {
      this.signal("SIGKILL", true);
      throw new Error(`the command hangs; it said: ${this.#stderr.slice(-500)}`);
    });
    hanging.catch(() => undefined);
    try {
      return await Promise.race([this.ended, hanging]);
    } finally {
      late.abort();
    }
  }

  /** Errors: processes of the group that are still there after some seconds. */
  async requireGone(): Promise<void> {
    for (let waited = 0; groupLives(this.pid); waited += 50) {
      if (waited >= 6000) {
        this.signal("SIGKILL", true);
        throw new Error("a process was left behind");
      }
      await sleep(50);
    }
  }
}

function groupLives(group: number): boolean {
  try {
    return process.kill(-group, 0);
  } catch {
    return false;
  }
}

/** Runs a command to its end. Errors: it hangs. */
export async function runCli(args: readonly string[], options: CliOptions & { readonly limitMs?: number }): Promise<CliEnd> {
  return await new RunningCli(args, options).end(options.limitMs);
}

/**
 * @param finding what is said instead of a code where the command is asked to find fault
 * Errors: the end is none that the command line promises: an exit code of the documented ones, and a coded reason with every failure.
 */
export function requireCoded({ code, signal, stderr, stdout }: CliEnd, allowed: readonly number[], finding = /LEADER_[A-Z_]+/u): void {
  if (code === null || !allowed.includes(code))
    throw new Error(`exit code ${code ?? String(signal)}, expected ${allowed.join(" or ")}: ${stderr.slice(-800)}`);
  const interrupted = code === 0 || code === 130 || code === 143 || /^finishing:/mu.test(stderr);
  if (!interrupted && !finding.test(`${stderr}${stdout}`)) throw new Error(`exit code ${code} without a coded error: ${stderr}`);
}
