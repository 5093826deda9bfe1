import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { float32Of, openCheckpoint } from "@leader/networks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const fixtures = fileURLToPath(new URL("./fixtures", import.meta.url));
const files = readdirSync(fixtures).filter((name) => /\.(pt|pth)$/u.test(name));
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "leader-in-place-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("weights of files that PyTorch wrote", () => {
  it("are of both layouts", () => expect(files.length).toBeGreaterThanOrEqual(4));

  it.each(files)("%s: those that lie there one after another are mapped from there, with the same values", async (name) => {
    const checkpoint = await openCheckpoint(join(fixtures, name));
    try {
      const placed = [...checkpoint.tensors].filter(([, { place }]) => place !== undefined);
      expect(placed.length).toBeGreaterThan(0);
      expect(placed.map(([key]) => key)).not.toContain("transposed");
      for (const [key, tensor] of placed) {
        await tensor.check?.();
        expect(tensor.place!.read(), key).toEqual(await float32Of(name, key, tensor));
      }
    } finally {
      await checkpoint.close();
    }
  });

  it("are compared with the checksum of the archive although nobody reads them", async () => {
    const path = join(folder, "damaged.pt");
    copyFileSync(join(fixtures, "plain-zip.pt"), path);
    const intact = await openCheckpoint(path);
    const { offset } = intact.tensors.get("a")!.place!;
    await intact.close();
    const bytes = readFileSync(path);
    bytes[offset] = bytes[offset]! ^ 1;
    writeFileSync(path, bytes);
    const checkpoint = await openCheckpoint(path);
    try {
      await expect(checkpoint.tensors.get("a")!.check!()).rejects.toMatchObject({ code: "LEADER_CHECKPOINT_UNREADABLE" });
    } finally {
      await checkpoint.close();
    }
  });
});
