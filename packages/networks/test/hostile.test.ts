import { existsSync, rmSync } from "node:fs";
import { isLeaderError } from "@leader/core";
import { checkpointFromBytes } from "@leader/networks";
import { afterAll, describe, expect, it } from "vitest";
import { canary, hostile } from "./hostile-checkpoints.js";

afterAll(() => rmSync(canary, { force: true }));

/** What small files may take: the text of errors and what the engine compiles, which is not collected between two looks. */
const floor = 4 * 2 ** 20;

describe("hostile checkpoints", () => {
  it("are many", () => expect(hostile.length).toBeGreaterThanOrEqual(200));

  it("run nothing, and are refused with a code, in 2 seconds and 4 times their size", async () => {
    let [slowest, hungriest] = [0, 0];
    for (const [name, make] of hostile) {
      const bytes = make();
      const [before, start] = [process.memoryUsage(), process.cpuUsage()];
      let code = "accepted";
      try {
        const checkpoint = await checkpointFromBytes("weights.pt", bytes);
        for (const tensor of checkpoint.tensors.values()) await tensor.elements();
      } catch (error) {
        code = isLeaderError(error) ? error.code : String(error);
      }
      const { user, system } = process.cpuUsage(start);
      const seconds = (user + system) / 1e6;
      const now = process.memoryUsage();
      const grown = now.arrayBuffers + now.heapUsed - before.arrayBuffers - before.heapUsed;
      [slowest, hungriest] = [Math.max(slowest, seconds), Math.max(hungriest, grown)];
      expect(code, name).toMatch(/^LEADER_CHECKPOINT_(REFUSED|UNREADABLE)$/u);
      expect(seconds, name).toBeLessThan(2);
      expect(grown, name).toBeLessThan(Math.max(4 * bytes.length, floor));
    }
    expect(existsSync(canary)).toBe(false);
    console.log(
      `${hostile.length} hostile checkpoints refused; slowest ${slowest.toFixed(2)} s of processor time, most memory ${(hungriest / 2 ** 20).toFixed(1)} MiB`,
    );
  });
});
