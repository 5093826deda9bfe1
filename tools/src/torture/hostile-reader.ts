import { fileURLToPath } from "node:url";
import { isLeaderError } from "@leader/graph";
import { SupervisedWorker } from "leader-restore";

/** The built entry, also where this module runs from its source. */
const entry = fileURLToPath(new URL("../../dist/torture/child.js", import.meta.url));

const limits: ReadonlySet<string> = new Set(["LEADER_MEMORY_LIMIT", "LEADER_TIME_LIMIT"]);

/** Reads what may be hostile in a process of its own, under small limits. */
export class HostileReader {
  readonly #worker = new SupervisedWorker({ entry, limits: { memoryMiB: 900, seconds: 20 } });

  /** What became of it: `read`, `refused` with a code, or `stopped at a limit`. Anything else is thrown. */
  async outcome(method: "network" | "networkIn" | "prior" | "picture", argument: unknown): Promise<string> {
    try {
      await this.#worker.call({ method, argument });
      return "read";
    } catch (error) {
      if (isLeaderError(error) && limits.has(error.code)) return "stopped at a limit";
      if (isLeaderError(error) && error.code !== "LEADER_UNEXPECTED" && error.code !== "LEADER_CHILD_CRASHED") return "refused";
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#worker[Symbol.asyncDispose]();
  }
}
