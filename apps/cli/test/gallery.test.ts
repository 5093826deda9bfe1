import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readPicture } from "leader-restore";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { galleryPage } from "../src/gallery-page.js";
import { runGallery } from "../src/demo/run-gallery.js";

describe("the page of the gallery", () => {
  it("has methods from the best to the worst, and marks those that are no better than what costs nothing", () => {
    const picture = (name: string, psnr?: number) => ({ name, file: `${name}.png`, ...(psnr === undefined ? {} : { psnr }) });
    const page = galleryPage([
      {
        title: "a <task>",
        clean: picture("clean"),
        given: [picture("measurement"), picture("pseudo-inverse", 20)],
        methods: [picture("level", 20), picture("worse", 19), picture("better", 21)],
      },
    ]);
    expect(page).toContain("a &#60;task&#62;");
    const figures = page.split("<figure").slice(1);
    const shown = figures.map((figure) => [/src="(.*?)\.png"/u.exec(figure)![1], figure.includes("below doing nothing")]);
    expect(shown).toEqual([
      ["clean", false],
      ["measurement", false],
      ["pseudo-inverse", false],
      ["better", false],
      ["level", true],
      ["worse", true],
    ]);
  });
});

describe("the gallery", () => {
  let folder = "";
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "leader-gallery-"))));
  afterAll(async () => await rm(folder, { recursive: true, force: true }));

  it("writes a page of pictures that are there, with the figures that it tells", async () => {
    const told: string[] = [];
    const request = { folder, tasks: ["colorization", "compressed-sensing"], size: 16, steps: 1, methods: ["ddnm", "idpg"] };
    await runGallery(request, { emit: (event) => void told.push(JSON.stringify(event)) });
    const page = await readFile(join(folder, "index.html"), "utf8");
    const files = [...page.matchAll(/src="(.*?)"/gu)].map(([, file]) => file!);
    expect(files).toHaveLength(2 * 5);
    for (const file of files) expect((await readPicture(join(folder, file))).tensor.shape).toEqual([1, expect.any(Number), 16, 16]);
    const decibels = [...page.matchAll(/[\d.]+ dB/gu)].map(([text]) => text);
    // The measurement of compressed sensing is no picture.
    expect(decibels).toHaveLength(2 * 4 - 1);
    for (const decibel of decibels) expect(told.join("\n")).toContain(decibel);
  }, 120_000);
});
