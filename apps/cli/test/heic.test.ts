import { copyFile, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFolder, removeFolder } from "./host-fixture.js";
import { recordsOf, runCli, type CliResult } from "./run-cli.js";

/** Photographs of phones through the commands. */

const fixture = (name: string): string => fileURLToPath(new URL(`../../../packages/leader/test/picture/heic/${name}`, import.meta.url));

const pipeline = `apiVersion: leader/v1
noise: 0.02
operator: { use: "@leader/operators#denoising" }
denoiser: { use: "leader#gaussian" }
baseline: { use: "@leader/baseline-ddnm#ddnm-plus" }
scheduler: { use: "leader#uniform", with: { steps: 3 } }
backend: { use: "leader#reference" }
`;

let folder = "";
beforeAll(async () => {
  folder = await makeFolder({ "p.yaml": pipeline });
  await mkdir(join(folder, "in"));
  await copyFile(fixture("phone.heic"), join(folder, "in/IMG_1.HEIC"));
  await copyFile(fixture("two.heic"), join(folder, "in/burst.heif"));
});
afterAll(() => removeFolder(folder));

const run = async (...args: readonly string[]): Promise<CliResult> => {
  const result = await runCli(args, { cwd: folder });
  expect(result.code, result.stderr).toBe(0);
  return result;
};
const sizeOf = async (name: string): Promise<readonly unknown[]> => {
  const { format, width, height, orientation } = await sharp(join(folder, name)).metadata();
  return [format, width, height, orientation];
};

describe("HEIC pictures", () => {
  it("are restored from a folder as PNG, upright, with a word about what is not read of them", async () => {
    const { stdout, stderr } = await run("restore", "in", "-p", "p.yaml", "-o", "out", "--reference", "in");
    expect(await sizeOf("out/IMG_1.restored.png")).toEqual(["png", 48, 64, 1]);
    expect(await sizeOf("out/burst.restored.png")).toEqual(["png", 64, 48, undefined]);
    expect(stdout + stderr).toContain("the file holds 2 pictures");
    expect(stdout + stderr).toMatch(/\d dB/u);
    await run("restore", "in/*.HEIC", "-p", "p.yaml", "-o", "named/{name}.{ext}");
    expect(await readdir(join(folder, "named"))).toContain("IMG_1.png");
    await run("restore", "in/IMG_1.HEIC", "-p", "p.yaml", "-o", "x.jpg");
    expect(await sizeOf("x.jpg")).toEqual(["jpeg", 48, 64, 1]);
  });

  it("are degraded, filled, and masks of holes", async () => {
    await run("degrade", "in", "-p", "p.yaml", "-o", "measured");
    expect((await readdir(join(folder, "measured"))).sort()).toEqual(["IMG_1.measured.npy", "burst.measured.npy"]);
    const missing = [];
    for (const mask of ["alpha.heic", "alpha.png"]) {
      const options = ["--mask", fixture(mask), "--quality", "draft", "--json", "-o", `${mask}.png`];
      const records = recordsOf(await run("inpaint", fixture("shapes.heic"), ...options));
      expect(await sizeOf(`${mask}.png`)).toEqual(["png", 64, 48, undefined]);
      missing.push(Number(records.find((record) => "missing" in record)?.["missing"]));
    }
    expect(missing[0]).toBeGreaterThan(0.5);
    expect(missing[0]).toBeLessThan(1);
    expect(missing[0]).toBeCloseTo(missing[1]!, 2);
  }, 60_000);
});
