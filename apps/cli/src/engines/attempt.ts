import { fork } from "node:child_process";
import { once } from "node:events";
import { exitCodes } from "../exit-codes.js";

/** How a try at a part ended, by what its exit code says about another. */
export type AttemptEnd =
  | { readonly kind: "done" }
  /** Memory, time, a full disk, a crash: another try may help. */
  | { readonly kind: "again"; readonly reason: string }
  /** The command line or what it names is wrong. */
  | { readonly kind: "never"; readonly reason: string }
  /** It was asked to finish, and left the rest. */
  | { readonly kind: "returned" };

/** Lines of its standard error that are kept for a failure. */
const keptLines = 12;

/** Settings of the process of a part. */
export interface AttemptOptions {
  readonly directory: string;
  /** Aborted: stop at once, as by SIGTERM. */
  readonly signal?: AbortSignal;
  /** Aborted: finish what was begun, as by SIGUSR1. */
  readonly finishing?: AbortSignal;
  /** Lines of standard error. */
  readonly onLine?: (line: string) => void;
}

/** Runs this program in a process of its own that ends with this one. The directory may be missing here: that is a failure like others. */
export async function attempt(args: readonly string[], { directory, signal, finishing, onLine }: AttemptOptions): Promise<AttemptEnd> {
  const child = fork(process.argv[1]!, args, {
    cwd: directory,
    env: { ...process.env, LEADER_ATTACHED: "1" },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const stop = (): void => void child.kill("SIGTERM");
  const finish = (): void => void child.kill("SIGUSR1");
  signal?.addEventListener("abort", stop, { once: true });
  finishing?.addEventListener("abort", finish, { once: true });
  const lines: string[] = [];
  try {
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      for (const line of text.split("\n").filter((each) => each.trim() !== "")) {
        lines.push(line);
        if (lines.length > keptLines) lines.shift();
        onLine?.(line);
      }
    });
    const closed: readonly unknown[] = await once(child, "close");
    const [code] = closed;
    if (signal?.aborted === true || (finishing?.aborted === true && code !== exitCodes.ok)) return { kind: "returned" };
    return endOf(code, lines.join("\n"));
  } catch (error) {
    return { kind: "again", reason: error instanceof Error ? error.message : String(error) };
  } finally {
    signal?.removeEventListener("abort", stop);
    finishing?.removeEventListener("abort", finish);
  }
}

function endOf(code: unknown, reason: string): AttemptEnd {
  switch (code) {
    case exitCodes.ok:
    // Single pictures failed, which is recorded: the part itself is done.
    case exitCodes.someFailed:
      return { kind: "done" };
    case exitCodes.usage:
    case exitCodes.badInput:
    case exitCodes.internal:
      return { kind: "never", reason };
    default:
      return { kind: "again", reason: reason === "" ? `its process ended with ${typeof code === "number" ? code : "a signal"}` : reason };
  }
}

/** Ends this process when the one that started it for a part is gone: a part without its worker would be computed twice. */
export function followStarter(): void {
  if (process.env["LEADER_ATTACHED"] !== "1" || process.channel === undefined) return;
  delete process.env["LEADER_ATTACHED"];
  process.once("disconnect", () => process.kill(process.pid, "SIGKILL"));
  process.channel.unref();
}
