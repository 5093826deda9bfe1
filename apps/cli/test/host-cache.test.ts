import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { recordsOf, runCli } from "./run-cli.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "leader-cli-cache-"));
  await writeFile(
    join(folder, "p.yaml"),
    `apiVersion: leader/v1
noise: 0.05
operator: { use: "@leader/operators#uniform-blur" }
baseline: { use: "@leader/baseline-ddnm#ddnm-plus" }
`,
  );
  expect(await runCli(["sample", "x.png", "--size", "640"], { cwd: folder })).toMatchObject({ code: 0 });
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const leader = (cache: string, ...args: readonly string[]) => runCli(args, { cwd: folder, env: { LEADER_CACHE: cache } });
async function measured(name: string, cache: string, ...more: readonly string[]): Promise<Buffer> {
  expect(await leader(cache, "degrade", "x.png", "-p", "p.yaml", "-o", name, ...more)).toMatchObject({ code: 0, stderr: "" });
  return await readFile(join(folder, name));
}

test("what is kept changes no bit of a result, is listed and removed, and `--no-cache` keeps nothing", async () => {
  const place = join(folder, "cache");
  const without = await measured("without.npy", place, "--no-cache");
  expect(await readdir(folder)).not.toContain("cache");
  const first = await measured("first.npy", place);
  const [entry, ...others] = await readdir(place);
  expect(others).toEqual([]);
  const kept = await readFile(join(place, entry!));
  const second = await measured("second.npy", place);
  expect(first.equals(without)).toBe(true);
  expect(second.equals(without)).toBe(true);
  await writeFile(join(place, entry!), kept.fill(1, 4000, 5000));
  expect((await measured("third.npy", place)).equals(without)).toBe(true);
  const [listed] = recordsOf(await leader(place, "cache", "--json"));
  expect(listed).toMatchObject({ type: "cache", folder: place, entries: [{ key: entry!.replace(".kept", "") }] });
  expect(await leader(place, "cache", "path")).toMatchObject({ code: 0, stdout: `${place}\n` });
  expect(recordsOf(await leader(place, "cache", "clear", "--json"))).toEqual([{ type: "cache-cleared", folder: place, removed: 1 }]);
  expect(await readdir(place)).toEqual([]);
});

test("a folder that cannot be used is no cache and no failure", async () => {
  await writeFile(join(folder, "file"), "");
  await measured("unusable.npy", join(folder, "file", "below"));
  expect(await leader("off", "cache")).toMatchObject({ code: 0, stdout: "nothing is kept: LEADER_CACHE=off\n" });
});
