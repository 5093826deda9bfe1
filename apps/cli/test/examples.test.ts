import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { runCli } from "./run-cli.js";

const folder = fileURLToPath(new URL("../../../examples", import.meta.url));

it.each(readdirSync(folder).filter((name) => name.endsWith(".yaml")))("%s is a pipeline that can run", async (name) => {
  const result = await runCli(["check", "-p", name, "--size", "64x64"], { cwd: folder });
  expect(result.stderr).toBe("");
  expect(result.code).toBe(0);
});
