import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { add } from "./commands/add.js";
import { managerFor, runtimeVersion } from "./package-manager.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "leader-manager-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function projectWith(lock: string): string {
  const project = join(folder, lock, "deep");
  mkdirSync(project, { recursive: true });
  writeFileSync(join(folder, lock, lock), "");
  return project;
}

it("is told by the nearest lock file, and knows whether it installed this command line", () => {
  expect(managerFor(projectWith("pnpm-lock.yaml"))).toMatchObject({
    add: ["pnpm", "add"],
    folder: join(folder, "pnpm-lock.yaml"),
    holdsCommandLine: false,
  });
  expect(managerFor(process.cwd())).toMatchObject({ add: ["npm", "install"], holdsCommandLine: true });
});

it.each([
  ["package-lock.json", "npm pkg set overrides.onnxruntime-node="],
  ["pnpm-lock.yaml", "npm pkg set pnpm.overrides.onnxruntime-node="],
  ["yarn.lock", "npm pkg set resolutions.onnxruntime-node="],
])("replaces the runtime for a project with %s", (lock, command) => {
  const { commands } = managerFor(projectWith(lock)).replaceRuntime(runtimeVersion());
  expect(commands[0]!.join(" ")).toMatch(new RegExp(`^${command}(?:npm:onnxruntime-node@)?${runtimeVersion()}`, "u"));
  expect(managerFor(projectWith("bun.lock")).replaceRuntime(runtimeVersion())).toMatchObject({
    commands: [],
    note: expect.stringContaining("npm, pnpm or Yarn") as string,
  });
  expect(runtimeVersion()).toMatch(/^\d+\.\d+\.\d+$/u);
});

it("installs what the command line itself imports beside it, where it came from elsewhere", () => {
  const said: string[] = [];
  const write = vi.spyOn(process.stdout, "write").mockImplementation((text) => said.push(String(text)) > 0);
  const cwd = vi.spyOn(process, "cwd").mockReturnValue(projectWith("yarn.lock"));
  try {
    expect(add(["report", "tfjs"], { run: false, json: false })).toBe(0);
  } finally {
    write.mockRestore();
    cwd.mockRestore();
  }
  expect(said.join("")).toContain("npm install --global @observablehq/plot linkedom\nyarn add @leader/backend-tfjs\n");
  expect(() => add(["not a name"], { run: false, json: false })).toThrow("report, server");
});
