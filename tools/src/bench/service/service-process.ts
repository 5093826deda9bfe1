import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { descendants } from "./processes.js";

const bin = fileURLToPath(new URL("../../../../apps/cli/bin/leader.js", import.meta.url));

/** `leader serve` on a free port of this machine. */
export class ServiceProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly url: string;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  /** Starts it. Errors: it ends before it listens. */
  static async start(options: readonly string[]): Promise<ServiceProcess> {
    const child = spawn(process.execPath, [bin, "serve", "--port", "0", "--log-level", "error", ...options], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    for await (const chunk of child.stdout.setEncoding("utf8")) {
      text += String(chunk);
      const url = /listening on (\S+)\n/u.exec(text)?.[1];
      if (url === undefined) continue;
      return new ServiceProcess(child, url);
    }
    throw new Error(`leader serve ended before it listened: ${text}`);
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Its computing processes. */
  get children(): readonly number[] {
    return descendants(this.pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await exited;
  }
}
