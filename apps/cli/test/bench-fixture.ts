import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { normals } from "@leader/graph";
import { writePicture } from "leader-restore";
import { runCli, type CliResult } from "./run-cli.js";

/** The tables of a bench that depend on nothing but its file and pictures. */
export const tables = ["table.md", "table.csv", "table.json"];

/** A bench of six units on a prior without weights. */
export const bench = (images = "images"): string => `apiVersion: leader-bench/v1
title: Tiny
images: { path: ${images}, size: 16 }
common:
  denoiser: { use: "leader#gaussian" }
tasks:
  sr2:
    operator: { use: "@leader/operators#super-resolution", with: { factor: 2, method: average-pool } }
methods:
  ddnm:
    baseline: { use: "@leader/baseline-ddnm#ddnm" }
    scheduler: { use: "leader#uniform", with: { steps: 4 } }
  leader:
    title: DDNM + LEADer
    against: ddnm
    baseline: { use: "@leader/baseline-ddnm#ddnm" }
    modulator: { use: "leader#ucpm" }
    scheduler: { use: "leader#satp", with: { steps: 4 } }
metrics: [{ use: psnr }, { use: residual }, { use: distance, to: ddnm }]
claims:
  - { text: data fidelity, method: leader, metric: residual, atMost: 1.0e-5 }
  - { text: impossible, method: leader, metric: residual, atMost: 1.0e-12 }
  - { text: UCPM helps, method: leader, than: ddnm, metric: psnr }
paper: { source: "a paper", values: { ddnm: { sr2: { psnr: 30.25, seconds: 2 } } } }
quick: { images: { limit: 1 } }
`;

/** A picture of noise, of its own for every `image`. */
export async function picture(path: string, image: number, height = 18, width = 20): Promise<void> {
  const data = normals({ seed: 0, image, step: 0, name: "bench" }, 3 * height * width).map((z) => Math.tanh(z / 2));
  await writePicture(path, { shape: [1, 3, height, width], dtype: "float32", data });
}

/** Folders with a bench file and three pictures, below one that disposing removes. */
export async function benchFolders(): Promise<{ fresh(text?: string): Promise<string>; remove(): Promise<void> }> {
  const root = await mkdtemp(join(tmpdir(), "leader-bench-"));
  let number = 0;
  return {
    async fresh(text = bench()) {
      const folder = join(root, String(number++));
      await mkdir(join(folder, "images"), { recursive: true });
      await writeFile(join(folder, "b.yaml"), text);
      for (let i = 0; i < 3; i++) await picture(join(folder, "images", `p${i}.png`), i);
      return folder;
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/** `leader bench` on the file of a folder. */
export const run = (cwd: string, args: readonly string[], started?: Parameters<typeof runCli>[1]["started"]): Promise<CliResult> =>
  runCli(["bench", "-p", "b.yaml", ...args], { cwd, ...(started === undefined ? {} : { started }) });
export const read = (folder: string, name: string): Promise<string> => readFile(join(folder, name), "utf8");
