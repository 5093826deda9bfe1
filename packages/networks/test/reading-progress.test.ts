import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { fileSource } from "../src/file/source.js";
import { afterAll, beforeAll, expect, it } from "vitest";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "leader-reading-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A file of zeros that takes no place on the disk. */
function sparse(name: string, size: number): string {
  const path = join(folder, name);
  writeFileSync(path, "");
  const handle = openSync(path, "r+");
  writeSync(handle, new Uint8Array(1), 0, 1, size - 1);
  closeSync(handle);
  return path;
}

it("tells of a large file at every percent, up to its end", async () => {
  const shares: number[] = [];
  const source = await fileSource(sparse("large.pt", 2 ** 26), (share) => shares.push(share));
  let crc = 0;
  await source.scan(0, source.size, (part) => (crc = crc32(part, crc)));
  await source.close();
  expect(shares.at(-1)).toBe(1);
  expect(shares.length).toBeGreaterThan(50);
  expect(shares).toEqual([...new Set(shares)].sort((a, b) => a - b));
});

it("says nothing of a small one", async () => {
  const shares: number[] = [];
  const source = await fileSource(sparse("small.pt", 2 ** 20), (share) => shares.push(share));
  await source.read(0, source.size);
  await source.close();
  expect(shares).toEqual([]);
});
