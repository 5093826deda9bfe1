import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Trial } from "./trial.js";

/** Seconds after which a backend that does not answer is given up. */
const patience = 60;

const childPath = fileURLToPath(new URL("./child.js", import.meta.url));

/** Tries a backend in a process of its own; what becomes of the process is part of the answer. */
export async function runTrial(plugin: string, stage: string, path: string = childPath): Promise<Trial> {
  return await new Promise<Trial>((resolve) => {
    const child = fork(path, [plugin, stage], { silent: true });
    const printed: string[] = [];
    child.stderr?.on("data", (chunk: Buffer) => printed.push(chunk.toString()));
    // Native code prints what it likes; an unread pipe would block it.
    child.stdout?.resume();
    const timer = setTimeout(() => {
      resolve({ works: false, reason: `gave no answer within ${patience} s`, hint: "look for a driver or a device that hangs" });
      child.kill("SIGKILL");
    }, patience * 1000);
    child.on("message", (message: Trial) => {
      resolve(message);
    });
    child.on("error", (error) => {
      resolve({ works: false, reason: error.message });
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      const lastWords = printed.join("").trim().split("\n").at(-1) ?? "";
      const end = signal === null ? `ended with exit code ${String(code)}` : `was ended by ${signal}`;
      resolve({
        works: false,
        reason: `its process ${end}${lastWords === "" ? "" : `: ${lastWords}`}`,
        hint: "a driver or native library does not fit this machine; use another backend",
      });
    });
  });
}
