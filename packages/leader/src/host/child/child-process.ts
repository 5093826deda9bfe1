import { fork, type ChildProcess } from "node:child_process";
import { engineFlags, processEnvironment } from "./process-settings.js";
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
  #over = false;
  #receive: (message: FromChild) => void = () => undefined;
  #output: (stream: string, line: string) => void = () => undefined;

  /** @param entry module that calls `serve`; one that does not exist ends the process at once */
  constructor(entry: string) {
    this.#child = fork(entry, [], {
      serialization: "advanced",
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      execArgv: [...engineFlags],
      env: processEnvironment(),
    });
    this.ended = new Promise((resolve) => {
      this.#child.once("error", () => resolve({ code: null, signal: null }));
      this.#child.once("exit", (code, signal) => {
        const late = setTimeout(() => resolve({ code, signal }), outputGraceMs);
        this.#child.once("close", () => {
          clearTimeout(late);
          resolve({ code, signal });
        });
      });
    });
    void this.ended.then(() => (this.#over = true));
    this.#child.on("message", (message: FromChild) => this.#receive(message));
    for (const stream of ["stdout", "stderr"] as const) this.#readLines(stream);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Whether the process has ended, as far as is known here. */
  get over(): boolean {
    return this.#over || this.#child.exitCode !== null || this.#child.signalCode !== null;
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
      // The streams of a child are sockets, which Node's types do not say.
      const change: unknown = handle && Reflect.get(handle, keep ? "ref" : "unref");
      if (typeof change === "function") Reflect.apply(change, handle, []);
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
