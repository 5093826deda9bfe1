import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cacheFolder, DiskCache } from "./disk-cache.js";

let folder = "";
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "leader-cache-")), "kept");
});
afterEach(() => {
  rmSync(join(folder, ".."), { recursive: true, force: true });
});

const key = (digit: string): string => `svd-${digit.repeat(64)}`;
const bytes = (value: number, length = 100): Uint8Array => new Uint8Array(length).fill(value);
const opened = (limit?: number): DiskCache => DiskCache.open(folder, limit === undefined ? {} : { limit })!;
const pathOf = (digit: string): string => join(folder, `${key(digit)}.kept`);

describe("DiskCache", () => {
  it("gives back what was kept, to every cache of the folder, and nothing for other keys", () => {
    opened().put(key("a"), bytes(7));
    const other = opened();
    expect([...other.get(key("a"))!]).toEqual([...bytes(7)]);
    expect(other.get(key("b"))).toBeUndefined();
    other.put(key("a"), bytes(8));
    expect(opened().get(key("a"))![0]).toBe(8);
    expect(readdirSync(folder)).toEqual([`${key("a")}.kept`]);
  });

  it("keeps nothing under keys that are no names of its own", () => {
    const cache = opened();
    for (const bad of ["../outside", "svd-12", "", key("A")]) cache.put(bad, bytes(1));
    expect(readdirSync(folder)).toEqual([]);
    expect(cache.get("../outside")).toBeUndefined();
  });

  it.each([
    ["a byte differs", (all: Buffer) => all.fill(9, 60, 61)],
    ["it is cut short", (all: Buffer) => all.subarray(0, all.length - 1)],
    ["it is empty", () => Buffer.alloc(0)],
    ["it is something else", () => Buffer.from("hello")],
  ])("counts an entry as missing and removes it where %s", (_, change) => {
    const cache = opened();
    cache.put(key("a"), bytes(7));
    writeFileSync(pathOf("a"), change(readFileSync(pathOf("a"))));
    expect(cache.get(key("a"))).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("does not take the entry of one key for that of another", () => {
    const cache = opened();
    cache.put(key("a"), bytes(7));
    writeFileSync(pathOf("b"), readFileSync(pathOf("a")));
    expect(cache.get(key("b"))).toBeUndefined();
  });

  it("removes what was used the longest time ago when the limit is passed", () => {
    const cache = opened(500);
    for (const [i, digit] of ["a", "b", "c"].entries()) {
      cache.put(key(digit), bytes(i));
      const past = new Date(Date.now() - 60_000 * (10 - i));
      utimesSync(pathOf(digit), past, past);
    }
    expect(cache.get(key("a"))).toBeDefined();
    cache.put(key("d"), bytes(3));
    expect(cache.entries().map((entry) => entry.key)).toHaveLength(2);
    expect(cache.get(key("a"))).toBeDefined();
    expect(cache.get(key("b"))).toBeUndefined();
    cache.put(key("e"), bytes(1, 600));
    expect(cache.get(key("e"))).toBeUndefined();
  });

  it("lists entries with their sizes, and removes all", () => {
    const cache = opened();
    cache.put(key("a"), bytes(7));
    cache.put(key("b"), bytes(7));
    expect(cache.entries().map((entry) => entry.bytes)).toEqual([140, 140]);
    writeFileSync(join(folder, "someone-elses.txt"), "");
    expect(cache.clear()).toBe(2);
    expect(readdirSync(folder)).toEqual(["someone-elses.txt"]);
  });

  it("is none where the folder cannot be made, and fails at nothing when it goes away", () => {
    const file = join(folder, "..", "file");
    writeFileSync(file, "");
    expect(DiskCache.open(join(file, "below"))).toBeUndefined();
    expect(DiskCache.open(file)).toBeUndefined();
    expect(DiskCache.open(undefined)).toBeUndefined();
    const cache = opened();
    rmSync(folder, { recursive: true });
    cache.put(key("a"), bytes(1));
    expect(cache.get(key("a"))).toBeUndefined();
  });

  it.runIf(process.getuid !== undefined)("reads nothing from a folder or a file that others may write to", () => {
    const cache = opened();
    cache.put(key("a"), bytes(7));
    chmodSync(pathOf("a"), 0o622);
    expect(cache.get(key("a"))).toBeUndefined();
    chmodSync(folder, 0o777);
    expect(DiskCache.open(folder)).toBeUndefined();
  });
});

describe("cacheFolder", () => {
  it("is the stated one, that of the user, or none", () => {
    expect(cacheFolder({ LEADER_CACHE: "/tmp/here", XDG_CACHE_HOME: "/x" })).toMatch(/here$/u);
    expect(cacheFolder({ XDG_CACHE_HOME: "/x" })).toMatch(/x[\\/]leader$/u);
    expect(cacheFolder({})).toMatch(/leader$/u);
    expect(cacheFolder({ LEADER_CACHE: "off" })).toBeUndefined();
  });
});
