import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli } from "./run-cli.js";

const pipeline = `apiVersion: leader/v1
operator: { use: "@leader/operators#denoising" }
baseline: { use: "@leader/baseline-ddnm#ddnm" }
denoiser: { use: "leader#gaussian" }
scheduler: { use: "leader#uniform", with: { steps: 2 } }
`;

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "leader-places-"));
  await writeFile(join(folder, "p.yaml"), pipeline);
  await writeFile(join(folder, "plain"), "");
  expect(await runCli(["sample", "in.png", "--size", "16"], { cwd: folder })).toMatchObject({ code: 0 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const restoring = ["restore", "-p", "p.yaml", "in.png"];

// An error of its own each, none of them a defect of the program; and the pipeline stays as it is.
test.each([
  { args: ["lock", "p.yaml", "-o", "p.yaml"], code: "LEADER_CLI_OUTPUT_IS_INPUT" },
  { args: [...restoring, "-o", "p.yaml"], code: "LEADER_CLI_OUTPUT_IS_INPUT" },
  { args: [...restoring, "-o", "p.yaml/"], code: "LEADER_CLI_OUTPUT_IS_INPUT" },
  { args: [...restoring, "-o", "out.png", "--report", "plain"], code: "LEADER_FILE_NOT_WRITTEN" },
])("$args.0 to $args.2 $args.4 $args.6 is refused by $code", async ({ args, code }) => {
  const end = await runCli(args, { cwd: folder });
  expect(end.stderr).toContain(code);
  expect(end.code).not.toBe(70);
  expect(await readFile(join(folder, "p.yaml"), "utf8")).toBe(pipeline);
});
