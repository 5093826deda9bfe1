import { spawnSync } from "node:child_process";
import { mkdtemp, mkdir, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readNpy } from "./npy.js";
import { readPicture } from "./read-picture.js";
import { problemOfWriting, sweepPartials, writeFileAtomically } from "./atomic-file.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "leader-atomic-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("writeFileAtomically", () => {
  it("lets exactly one of many writers of a new file win, and says so to the others", async () => {
    const path = join(folder, "x");
    const writers = Array.from({ length: 20 }, (_, i) => writeFileAtomically(path, String(i), { overwrite: false }));
    const settled = await Promise.allSettled(writers);
    const won = settled.flatMap(({ status }, i) => (status === "fulfilled" ? [i] : []));
    expect(won).toHaveLength(1);
    expect(await readFile(path, "utf8")).toBe(String(won[0]));
    for (const one of settled) if (one.status === "rejected") expect(one.reason).toMatchObject({ code: "LEADER_FILE_EXISTS" });
    expect(await readdir(folder)).toEqual(["x"]);
  });

  it("replaces a file unless told not to", async () => {
    const path = join(folder, "x");
    await writeFileAtomically(path, "old");
    await expect(writeFileAtomically(path, "new", { overwrite: false })).rejects.toMatchObject({ code: "LEADER_FILE_EXISTS" });
    expect(await readFile(path, "utf8")).toBe("old");
    await writeFileAtomically(path, "new");
    expect(await readFile(path, "utf8")).toBe("new");
  });

  it.each(["missing/x.png", "file/x.png", "folder"])("gives a code where it cannot write: %s", async (name) => {
    await writeFile(join(folder, "file"), "");
    await mkdir(join(folder, "folder"));
    const path = join(folder, name);
    await expect(writeFileAtomically(path, "x")).rejects.toMatchObject({ code: "LEADER_FILE_NOT_WRITTEN" });
    expect(await problemOfWriting(path)).toEqual(expect.any(String));
    expect(await readdir(folder)).toEqual(["file", "folder"]);
  });

  it("leaves nothing behind where it only asks", async () => {
    expect(await problemOfWriting(join(folder, "new.png"))).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
    // A file system that takes no files from anybody.
    expect(await problemOfWriting("/proc/x.png")).toEqual(expect.any(String));
  });
});

describe("sweepPartials", () => {
  it("removes what dead processes left, and nothing else", async () => {
    // The name that this process gives, with the number of one that is gone.
    const { pid } = spawnSync(process.execPath, ["--version"]);
    const made: string[] = [];
    const watching = writeFileAtomically(join(folder, "y"), "y".repeat(1000));
    for (let i = 0; i < 1000 && made.length === 0; i++) made.push(...(await readdir(folder)).filter((name) => name.endsWith(".partial")));
    await watching;
    const mine = made[0] ?? "";
    expect(mine).toContain(`-${process.pid}-`);
    const dead = mine.replace(`-${process.pid}-`, `-${pid}-`);
    const elsewhere = dead.replace(/\.[0-9a-f]{8}-/u, ".00000000-");
    const old = elsewhere.replace("y", "z");
    for (const name of [mine, dead, elsewhere, old, "keep.partial", ".keep"]) await writeFile(join(folder, name), "");
    await utimes(join(folder, old), 0, 0);
    await sweepPartials(folder);
    expect(await readdir(folder)).toEqual([mine, elsewhere, ".keep", "keep.partial", "y"].sort());
  });
});

describe("inputs", () => {
  it("are ordinary files: pipes, devices and folders are refused at once", async () => {
    const pipe = join(folder, "pipe");
    expect(spawnSync("mkfifo", [pipe]).status).toBe(0);
    for (const [path, kind] of [
      [pipe, "a named pipe"],
      ["/dev/zero", "a device"],
      [folder, "a folder"],
    ] as const) {
      const refused = { code: "LEADER_FILE_NOT_ORDINARY", message: expect.stringContaining(kind) as string };
      await expect(readNpy(path)).rejects.toMatchObject(refused);
      await expect(readPicture(path)).rejects.toMatchObject(refused);
    }
  });
});
