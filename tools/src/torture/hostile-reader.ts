import { fileURLToPath } from "node:url";
import { isLeaderError } from "@leader/graph";
import { SupervisedWorker } from "leader-restore";

/** The built entry, also where this module runs from its source. */
const entry = fileURLToPath(new URL("../../dist/torture/child.js", import.meta.url));

const limits: ReadonlySet<string> = new Set(["LEADER_MEMORY_LIMIT", "LEADER_TIME_LIMIT"]);

/** What the process can be asked to read. */
type HostileMethod = "network" | "networkIn" | "prior" | "picture";

/** Reads what may be hostile in a process of its own, under small limits. */
export class HostileReader {
  readonly #worker = new SupervisedWorker({ entry, limits: { memoryMiB: 900, seconds: 20 } });

  /** What became of it: `read`, `refused` with a code, or `stopped at a limit`. Anything else is thrown. */
  async outcome(method: HostileMethod, argument: unknown): Promise<string> {
    return (await this.answer(method, argument)).outcome;
  }

  /** The same with the reason, for cases of which one is expected. */
  async answer(method: HostileMethod, argument: unknown): Promise<{ readonly outcome: string; readonly reason: string }> {
    try {
      await this.#worker.call({ method, argument });
      return { outcome: "read", reason: "" };
    } catch (error) {
      if (!isLeaderError(error) || error.code === "LEADER_UNEXPECTED" || error.code === "LEADER_CHILD_CRASHED") throw error;
      const reason = `${error.code} ${error.message}`;
      return { outcome: limits.has(error.code) ? "stopped at a limit" : "refused", reason };
    }
  }

  async close(): Promise<void> {
    await this.#worker[Symbol.asyncDispose]();
  }
}
