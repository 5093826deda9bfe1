import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { runCli } from "./run-cli.js";

/** Told of every module that a process loads, also of those that its child does. */
const hooks = (list: string): string => `
import { appendFileSync } from "node:fs";
export async function load(url, context, next) {
  appendFileSync(${JSON.stringify(list)}, url + "\\n");
  return await next(url, context);
}`;

// The packages that ours carry in their own files were 270 modules of the 420 that a command loaded.
test("a command and its process load few modules, and none of the packages that ours carry", async () => {
  const folder = await mkdtemp(join(tmpdir(), "leader-modules-"));
  try {
    const list = join(folder, "modules.txt");
    await writeFile(join(folder, "hooks.mjs"), hooks(list));
    await writeFile(join(folder, "register.mjs"), `import { register } from "node:module"; register("./hooks.mjs", import.meta.url);`);
    await writeFile(
      join(folder, "p.yaml"),
      `apiVersion: leader/v1\noperator: { use: "@leader/operators#gaussian-blur" }\nbaseline: { use: "@leader/baseline-ddnm#ddnm" }\n`,
    );
    expect(await runCli(["sample", "picture.png", "--size", "24"], { cwd: folder })).toMatchObject({ code: 0 });
    const env = { NODE_OPTIONS: `--import ${pathToFileURL(join(folder, "register.mjs")).href}` };
    const run = await runCli(["degrade", "picture.png", "-p", "p.yaml", "-o", "y.npy"], { cwd: folder, env });
    expect(run).toMatchObject({ code: 0 });
    const loaded = (await readFile(list, "utf8")).trim().split("\n");
    expect(loaded.filter((url) => /node_modules\/(?:zod|yaml|tsyringe|@bufbuild|onnx-buf|ml-matrix)\//u.test(url))).toEqual([]);
    expect(loaded.length).toBeLessThan(125);
    // What comes before the computing process is started is what a command waits for.
    const files = loaded.filter((url) => url.startsWith("file:"));
    expect(files.findIndex((url) => url.endsWith("cli/dist/run.js"))).toBeLessThan(11);
    // By the computing process alone: what parts of the command line share must not lead there.
    for (const once of ["cli/dist/worker/main.js", "graph/dist/index.js", "leader/dist/index.js", "core/dist/zod.js"])
      expect(loaded.filter((url) => url.endsWith(`/${once}`))).toHaveLength(1);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
