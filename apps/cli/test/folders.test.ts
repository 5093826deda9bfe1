import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { normals } from "@leader/graph";
import { writePicture } from "leader-restore";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { journalName } from "../src/journal.js";
import { recordsOf, runCli, type CliResult } from "./run-cli.js";

/** Folders through the built command line: what is found, what a killed run left, what a second run does. */

const pipeline = `apiVersion: leader/v1
noise: 0.02
operator: { use: "@leader/operators#super-resolution", with: { method: average-pool, factor: 2 } }
denoiser: { use: "leader#gaussian" }
baseline: { use: "@leader/baseline-ddnm#ddnm-plus" }
scheduler: { use: "leader#uniform", with: { steps: 3 } }
backend: { use: "leader#reference" }
`;

let root = "";
let folder = "";
let number = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "leader-folders-"));
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});
beforeEach(async () => {
  folder = join(root, String(number++));
  await mkdir(at("in/sub"), { recursive: true });
  await writeFile(at("p.yaml"), pipeline);
});

const at = (name: string): string => join(folder, name);
const put = async (name: string, image: number): Promise<void> =>
  writePicture(at(name), {
    shape: [1, 3, 8, 10],
    dtype: "float32",
    data: normals({ seed: 0, image, step: 0, name: "folders" }, 240).map((z) => Math.tanh(z / 3)),
  });
const leader = async (...more: readonly string[]): Promise<CliResult> =>
  runCli(["restore", "in", "-p", "p.yaml", "-o", "out", ...more], { cwd: folder });
const results = async (place: string): Promise<Readonly<Record<string, string>>> => {
  const names = (await readdir(at(place), { recursive: true })).filter((name) => name.endsWith(".png")).sort();
  const contents = names.map(async (name) => [name, (await readFile(at(join(place, name)))).toString("hex")] as const);
  return Object.fromEntries(await Promise.all(contents));
};
const journal = async (): Promise<readonly { readonly output: string; readonly sha256?: string }[]> =>
  (await readFile(at(join("out", journalName)), "utf8"))
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { readonly output: string; readonly sha256?: string });

/** Kills the process when its second picture has begun. */
async function killed(): Promise<void> {
  let text = "";
  await runCli(["restore", "in", "-p", "p.yaml", "-o", "out", "--json"], {
    cwd: folder,
    started(child) {
      child.stdout!.on("data", (chunk: Buffer) => {
        text += chunk.toString();
        if (text.split('"run-start"').length > 2) child.kill("SIGKILL");
      });
    },
  });
}

describe("a folder", () => {
  it("is finished after three kills as if there had been none, and nothing finished is done twice", async () => {
    for (let i = 0; i < 6; i++) await put(`in/${i}.png`, i);
    for (let i = 0; i < 3; i++) await killed();
    const before = (await journal()).filter(({ sha256 }) => sha256 !== undefined).length;
    expect(before).toBeGreaterThanOrEqual(3);
    expect(before).toBeLessThan(6);
    expect((await leader()).stdout).toContain(`${6 - before} restored, 0 failed, ${before} done before`);
    const entries = await journal();
    const finished = entries.filter(({ sha256 }) => sha256 !== undefined).map(({ output }) => output);
    expect([...finished].sort()).toEqual([0, 1, 2, 3, 4, 5].map((i) => `${i}.restored.png`));
    expect(entries.length - finished.length).toBeLessThanOrEqual(6 + 3);
    await runCli(["restore", "in", "-p", "p.yaml", "-o", "whole"], { cwd: folder });
    expect(Object.keys(await results("whole"))).toHaveLength(6);
    expect(await results("out")).toEqual(await results("whole"));
  }, 120_000);

  it("is left alone by a second run, but for results that are gone or changed", async () => {
    for (let i = 0; i < 3; i++) await put(`in/${i}.png`, i);
    expect((await leader()).code).toBe(0);
    const first = await results("out");
    expect(await leader()).toMatchObject({ code: 0, stdout: "nothing to do, 3 done before\n" });
    await rm(at("out/0.restored.png"));
    await writeFile(at("out/2.restored.png"), "changed");
    expect((await leader()).stdout).toContain("2 restored, 0 failed, 1 done before");
    expect(await results("out")).toEqual(first);
    // Other settings make other results, which replace nothing unasked.
    expect((await leader("--seed", "7")).stderr).toContain("LEADER_CLI_OUTPUT_EXISTS");
    expect(await results("out")).toEqual(first);
    expect((await leader("--overwrite")).stdout).toContain("3 restored, 0 failed\n");
    expect(await results("out")).toEqual(first);
  }, 120_000);

  it("keeps its subfolders, says what it passes over, is shared among shards, and is summed up", async () => {
    await put("in/a.png", 0);
    await put("in/sub/a.png", 1);
    await writeFile(at("in/b.png"), "no picture");
    await writeFile(at("in/notes.txt"), "");
    expect((await leader("--shard", "1/2")).stderr).toContain("passed over: 1 .txt, 1 subfolder(s) (--recursive");
    expect(Object.keys(await results("out"))).toEqual(["a.restored.png"]);
    const result = await leader("--recursive", "--summary", "--json");
    expect(result.code).toBe(1);
    expect(recordsOf(result).at(-1)).toEqual({ type: "batch", restored: 1, failed: 1, skipped: 1 });
    expect(Object.keys(await results("out"))).toEqual(["a.restored.png", "sub/a.restored.png"]);
    const { files } = JSON.parse(await readFile(at("out/summary.json"), "utf8")) as { readonly files: readonly object[] };
    expect(files).toEqual([
      expect.objectContaining({ input: "in/a.png", outcome: "skipped" }),
      expect.objectContaining({ input: "in/b.png", outcome: "failed", error: "LEADER_PICTURE_UNREADABLE" }),
      expect.objectContaining({ input: "in/sub/a.png", output: "out/sub/a.restored.png", outcome: "completed", evaluations: 3 }),
    ]);
    expect((await leader("--shard", "3/2")).code).toBe(2);
    // Shards that share the folder leave each other's summary alone.
    for (const shard of ["1/2", "2/2"]) await leader("--recursive", "--summary", "--shard", shard);
    const parts = await Promise.all([1, 2].map((i) => readFile(at(`out/summary.${i}-of-2.json`), "utf8")));
    const inputs = parts.flatMap((part) => [...part.matchAll(/"input": "(.*)"/gu)].map(([, input]) => input!));
    expect(inputs.sort()).toEqual(["in/a.png", "in/b.png", "in/sub/a.png"]);
  }, 120_000);
});
