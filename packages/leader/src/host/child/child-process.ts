import { fork, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { errors } from "../../error-codes.js";
import type { FromChild, ToChild } from "./protocol.js";

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Lines that are kept for the message about a crash. */
const keptLines = 5;
/** After the end of a process its last output may still be on its way. */
const outputGraceMs = 250;
const longestLine = 300;

/** The computing process with its output and its end. */
export class ComputingProcess {
  /** Settles when the process has ended and its output has arrived. */
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  readonly #lastLines: string[] = [];
  #receive: (message: FromChild) => void = () => undefined;
  #output: (stream: string, line: string) => void = () => undefined;

  constructor() {
    const entry = entryPath();
    if (!existsSync(entry)) throw errors.CHILD_UNAVAILABLE({ entry, problem: "the file does not exist" });
    this.#child = fork(entry, [], { serialization: "advanced", stdio: ["ignore", "pipe", "pipe", "ipc"], execArgv: [] });
    this.ended = new Promise((resolve) => {
      this.#child.once("error", () => resolve({ code: null, signal: null }));
      this.#child.once("exit", (code, signal) => {
        const done = (): void => resolve({ code, signal });
        this.#child.once("close", done);
        setTimeout(done, outputGraceMs).unref();
      });
    });
    this.#child.on("message", (message) => this.#receive(message as FromChild));
    for (const stream of ["stdout", "stderr"] as const) this.#readLines(stream);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The last lines that the process wrote. */
  get lastWords(): string {
    return this.#lastLines.join(" | ");
  }

  listen(receive: (message: FromChild) => void, output: (stream: string, line: string) => void): void {
    this.#receive = receive;
    this.#output = output;
  }

  send(message: ToChild): void {
    // The end of the process is reported by `ended`; a message that does not arrive says nothing more.
    this.#child.send(message, () => undefined);
  }

  /** Ends the process at once, whatever it is doing. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** Whether this process keeps its parent alive. */
  hold(keep: boolean): void {
    for (const handle of [this.#child, this.#child.channel, this.#child.stdout, this.#child.stderr]) {
      const holder = handle as { ref?(): void; unref?(): void } | null | undefined;
      if (keep) holder?.ref?.();
      else holder?.unref?.();
    }
  }

  #readLines(stream: "stdout" | "stderr"): void {
    let rest = "";
    this.#child[stream]?.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (rest + chunk).split(/\r?\n/u);
      rest = (lines.pop() ?? "").slice(-longestLine);
      for (const line of lines) this.#line(stream, line.trim().slice(0, longestLine));
    });
  }

  #line(stream: string, line: string): void {
    if (line === "") return;
    this.#lastLines.push(line);
    if (this.#lastLines.length > keptLines) this.#lastLines.shift();
    this.#output(stream, line);
  }
}

/** The built entry, also where this module runs from its source. */
function entryPath(): string {
  const manifest = createRequire(import.meta.url).resolve("leader-restore/package.json");
  return join(dirname(manifest), "dist/host/child/main.js");
}
