import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const leader = fileURLToPath(new URL("../bin/leader.js", import.meta.url));

describe.skipIf(!existsSync("/proc/self/fd"))("a process that may open few files", () => {
  test.each([24, 26, 28, 30])("says so with %i of them, also where not even the program can be read whole", (most) => {
    const command = ["-c", `ulimit -n ${most}; exec "$@"`, "sh", process.execPath, leader, "--version"];
    const { status, stdout, stderr } = spawnSync("sh", command, { encoding: "utf8" });
    if (status === 0) expect(stdout).toMatch(/^\d+\.\d+\.\d+/u);
    else expect([status, stderr]).toEqual([75, expect.stringContaining("LEADER_CLI_SYSTEM_SHORT\n") as string]);
  });
});
