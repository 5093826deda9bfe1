import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { photoPrior, photoPriorUrl } from "./index.js";

const MEBIBYTE = 1024 * 1024;

describe("the photograph prior", () => {
  it("ships a network file of the stated size, small enough for a package", async () => {
    const { size } = await stat(photoPriorUrl);
    expect(size).toBe(photoPrior.bytes);
    expect(size).toBeLessThanOrEqual(20 * MEBIBYTE);
  });

  it("ships the network that the contract describes", async () => {
    const digest = createHash("sha256")
      .update(await readFile(photoPriorUrl))
      .digest("hex");
    expect(digest).toBe(photoPrior.sha256);
  });

  it("publishes the network and its model card", async () => {
    const manifest = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8")) as { files: string[] };
    expect(manifest.files).toContain(photoPrior.file);
    expect(manifest.files).toContain("MODEL_CARD.md");
  });

  it("covers the noise levels of a diffusion schedule from nearly clean to nearly pure noise", () => {
    expect(photoPrior.sigmaMin).toBeLessThanOrEqual(0.01);
    expect(photoPrior.sigmaMax).toBeGreaterThanOrEqual(150);
  });
});
