import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const leader = fileURLToPath(new URL("../bin/leader.js", import.meta.url));

describe.skipIf(!existsSync("/proc/self/fd"))("a process that may open few files", () => {
  test.each([24, 26, 28, 30])("says so with %i of them, also where not even the program can be read whole", (most) => {
    const command = ["-c", `ulimit -n ${most}; exec "$@"`, "sh", process.execPath, leader, "restore", "none.png", "-p", "none.yaml"];
    const { status, stderr } = spawnSync("sh", command, { encoding: "utf8" });
    expect([42, 75], stderr).toContain(status);
    expect(stderr).toMatch(/^LEADER_[A-Z_]+$/mu);
  });
});
