import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { noRedis, RedisServer } from "@leader/queue/testing";
import { expect, test } from "vitest";

const bin = fileURLToPath(new URL("../bin/leader.js", import.meta.url));

/** A running command, with its end. */
function started(...args: readonly string[]) {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "exit") as Promise<[code: number | null, signal: NodeJS.Signals | null]>;
  return { child, ended };
}

test.skipIf(noRedis !== undefined)(
  "a worker whose Redis has gone ends at the first signal",
  async () => {
    const redis = await RedisServer.start();
    const { child, ended } = started("worker", "--queue", redis.address);
    try {
      let said = "";
      child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
      expect(String((await once(child.stdout, "data"))[0])).toContain("ready");
      await redis.kill();
      await pause(500);
      child.kill("SIGTERM");
      expect(await Promise.race([ended, pause(20_000, "still there")])).toEqual([0, null]);
      expect(said).toContain("the queue does not answer");
    } finally {
      child.kill("SIGKILL");
      await redis[Symbol.asyncDispose]();
    }
  },
  40_000,
);

// Its libraries are read in one go before it listens; nothing is taken on until then, so that a signal ends it as it ends any program.
test.each([100, 400, 500, 600])(
  "a service that is told to end after %d ms of its start does so at once",
  async (ms) => {
    const { child, ended } = started("serve", "--port", "0");
    await pause(ms);
    child.kill("SIGTERM");
    try {
      const [code, signal] = (await Promise.race([ended, pause(5000, ["still there"])])) as readonly unknown[];
      expect([0, null]).toContain(code);
      expect(code === 0 || signal === "SIGTERM").toBe(true);
    } finally {
      child.kill("SIGKILL");
    }
  },
  20_000,
);
