import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeFolders, makeFoldersSync } from "./make-folders.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "leader-folders-"));
  await writeFile(join(folder, "file"), "");
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

test("makes a folder with all above it, also when several do", async () => {
  await Promise.all([1, 2, 3].map(() => makeFolders(join(folder, "a/b/c"))));
  expect(await readdir(join(folder, "a/b"))).toEqual(["c"]);
  makeFoldersSync(join(folder, "d/e"), 0o700);
  expect((await stat(join(folder, "d/e"))).mode & 0o777).toBe(0o700);
});

test("refuses a file in the way", async () => {
  for (const path of ["file", "file/a"]) {
    await expect(makeFolders(join(folder, path))).rejects.toMatchObject({ code: "LEADER_FILE_NOT_WRITTEN", cause: { code: "EEXIST" } });
    expect(() => makeFoldersSync(join(folder, path), 0o700)).toThrow("EEXIST");
  }
});

// Node's `recursive` asks again and again, in a thread of its own that nothing can end.
test.runIf(process.platform === "linux")("ends where a file system has no new folders", async () => {
  await expect(makeFolders("/proc/nothing/here")).rejects.toMatchObject({ code: "LEADER_FILE_NOT_WRITTEN", cause: { code: "ENOENT" } });
  expect(() => makeFoldersSync("/proc/nothing/here", 0o700)).toThrow("ENOENT");
});
