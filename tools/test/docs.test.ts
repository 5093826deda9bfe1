import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

it("the generated pages are up to date", () => {
  const { status, stderr } = spawnSync(process.execPath, [fileURLToPath(new URL("../dist/docs/main.js", import.meta.url)), "--check"], {
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});
