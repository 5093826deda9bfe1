import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { link, mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { expandInputs } from "./files.js";
import { checkKept, planOutputs, type OutputOptions } from "./outputs.js";
import { planReports } from "./report/report-plan.js";

let folder = "";
const at = (...parts: readonly string[]): string => join(folder, ...parts);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "leader-outputs-"));
  await mkdir(at("in"));
  await mkdir(at("out"));
  for (const name of ["a.png", "b.png"]) await writeFile(at("in", name), name);
  await writeFile(at("file"), "");
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const plan = (inputs: readonly string[], output: string, more: Partial<OutputOptions> = {}) =>
  planOutputs(inputs, { output, suffix: "restored", extension: "png", usual: "png", overwrite: true, keep: [], ...more });
const refused = (code: string) => expect.objectContaining({ code: `LEADER_CLI_${code}` }) as unknown;

describe("outputs are checked before anything is computed", () => {
  it("names the results, and leaves nothing in their place", async () => {
    const made = await plan([at("in/a.png"), at("in/b.png")], at("out"));
    expect([...made.values()]).toEqual([at("out/a.restored.png"), at("out/b.restored.png")]);
    expect(await readdir(at("out"))).toEqual([]);
  });

  it("makes a folder that is missing", async () => {
    const made = await plan([at("in/a.png")], at("new/folder"));
    expect([...made.values()]).toEqual([at("new/folder/a.restored.png")]);
    expect(await readdir(at("new/folder"))).toEqual([]);
  });

  it("removes what a killed process left beside a result that it had finished, which is refused", async () => {
    const { pid } = spawnSync(process.execPath, ["--eval", ""]);
    const machine = createHash("sha256").update(hostname()).digest("hex").slice(0, 8);
    for (const name of ["a.restored.png", `.a.restored.png.${machine}-${pid}-0a1b2c3d.partial`]) await writeFile(at("out", name), "");
    await expect(plan([at("in/a.png")], at("out"), { overwrite: false })).rejects.toEqual(refused("OUTPUT_EXISTS"));
    expect(await readdir(at("out"))).toEqual(["a.restored.png"]);
  });

  it("removes what a killed process kept of a picture whose result it had finished, and of no other", async () => {
    const kept = async (of: string, seconds: number): Promise<void> => {
      await mkdir(at("out", `.${of}.interim`));
      await writeFile(at("out", `.${of}.interim`, "part-0"), "");
      await utimes(at("out", `.${of}.interim`, "part-0"), seconds, seconds);
    };
    for (const name of ["a.restored.png", "replaced.png"]) {
      await writeFile(at("out", name), name);
      await utimes(at("out", name), 2000, 2000);
    }
    await kept("a.restored.png", 1999);
    await kept("replaced.png", 2001);
    await kept("b.restored.png", 1999);
    await expect(plan([at("in/a.png")], at("out"), { overwrite: false })).rejects.toEqual(refused("OUTPUT_EXISTS"));
    const left = [".b.restored.png.interim", ".replaced.png.interim", "a.restored.png", "replaced.png"];
    expect((await readdir(at("out"))).sort()).toEqual(left);
  });

  it("says that -o names a file, and that it is one which is kept", async () => {
    const pipeline = at("p.yaml");
    await writeFile(pipeline, "apiVersion: leader/v1");
    await expect(plan([at("in/a.png")], pipeline, { keep: [pipeline] })).rejects.toEqual(refused("OUTPUT_IS_INPUT"));
    await expect(plan([at("in/a.png")], at("file"))).rejects.toThrow("it is a file that is there, and -o names a folder");
  });

  it.each([
    ["a plain file in the way", "file"],
    ["a file name under a plain file", "file/x.png"],
  ])("%s", async (_, output) => {
    await expect(plan([at("in/a.png")], at(output))).rejects.toEqual(refused("OUTPUT_UNUSABLE"));
  });

  it("a folder in place of the result", async () => {
    await mkdir(at("out/a.restored.png"));
    await expect(plan([at("in/a.png")], at("out"))).rejects.toEqual(refused("OUTPUT_UNUSABLE"));
  });

  it("a place that takes no files", async () => {
    await expect(plan([at("in/a.png")], "/proc")).rejects.toEqual(refused("OUTPUT_UNUSABLE"));
  });

  it("an input by its own name, through a linked folder, and by a second name", async () => {
    await symlink(at("in"), at("linked"));
    await link(at("in/a.png"), at("out/second.png"));
    for (const output of [at("in/a.png"), at("linked/a.png"), at("out/second.png")])
      await expect(plan([at("in/a.png")], output), output).rejects.toEqual(refused("OUTPUT_IS_INPUT"));
  });

  it("the pipeline and the files that it names", async () => {
    await symlink(at("in"), at("linked"));
    await expect(plan([at("in/a.png")], at("linked/b.png"), { keep: [at("in/b.png")] })).rejects.toEqual(refused("OUTPUT_IS_INPUT"));
    await expect(checkKept([at("linked/b.png")], [at("in/b.png")])).rejects.toEqual(refused("OUTPUT_IS_INPUT"));
  });

  it("results of two inputs under one name", async () => {
    await mkdir(at("more"));
    await writeFile(at("more/a.png"), "");
    await expect(plan([at("in/a.png"), at("more/a.png")], at("out"))).rejects.toEqual(refused("OUTPUT_TAKEN"));
  });

  it("a name that tells another format than the one that is asked for", async () => {
    for (const output of [at("x.png"), at("{name}.png"), at("more/{name}-large.webp")]) {
      await expect(plan([at("in/a.png")], output, { extension: "jpg" })).rejects.toEqual(refused("USAGE"));
    }
    for (const output of [at("x.jpeg"), at("{name}.JPG"), at("{name}.{ext}"), at("out")]) {
      await plan([at("in/a.png")], output, { extension: "jpg" });
    }
  });

  it("what exists, unless it may be replaced", async () => {
    await writeFile(at("out/a.restored.png"), "");
    await expect(plan([at("in/a.png")], at("out"), { overwrite: false })).rejects.toEqual(refused("OUTPUT_EXISTS"));
    await plan([at("in/a.png")], at("out"));
  });
});

describe("inputs", () => {
  it("count once, by whatever path", async () => {
    expect(await expandInputs([at("in/a.png"), at("in"), at("in/../in/a.png")])).toEqual([at("in/a.png"), at("in/b.png")]);
  });

  it("are ordinary files", async () => {
    await expect(expandInputs(["/dev/zero"])).rejects.toMatchObject({ code: "LEADER_FILE_NOT_ORDINARY" });
  });
});

describe("reports", () => {
  it.each(["...png", "..png", ".png", "....png"])("stay in their folder for an input named %s", async (name) => {
    const place = (await planReports(at("out"), [at("in", name)], false)).get(at("in", name));
    expect(place).toEqual({ folder: at("out", name) });
  });
});
