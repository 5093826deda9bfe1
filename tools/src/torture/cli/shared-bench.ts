import { readFile, writeFile } from "node:fs/promises";
import { requireCoded, runCli } from "./run-cli.js";
import { WorkFolder, writePng } from "./work-folder.js";

/** Two methods: twice as many units as pictures. `distance` reads what the other one left. */
const methods = 2;
const text = `apiVersion: leader-bench/v1
title: In parts
images: { path: in, size: 16 }
common:
  denoiser: { use: "leader#gaussian" }
  backend: { use: "leader#reference" }
tasks:
  sr2: { operator: { use: "@leader/operators#super-resolution", with: { factor: 2, method: average-pool } } }
methods:
  ddnm: { baseline: { use: "@leader/baseline-ddnm#ddnm" }, scheduler: { use: "leader#uniform", with: { steps: 8 } } }
  leader:
    against: ddnm
    baseline: { use: "@leader/baseline-ddnm#ddnm" }
    modulator: { use: "leader#ucpm" }
    scheduler: { use: "leader#uniform", with: { steps: 8 } }
metrics: [{ use: psnr }, { use: residual }, { use: distance, to: ddnm }]
`;
const tables = ["table.md", "table.csv", "table.json"] as const;

/** The bench without its place of results, which are made in `alone` by one process and are to be made in `out` by many. */
export const sharedBench = ["bench", "-p", "b.yaml"] as const;

/** How many units so many pictures give. */
export const unitsOf = (pictures: number): number => methods * pictures;

/** A folder with the bench, its pictures, and its tables by a single process. */
export async function benchFolder(pictures: number): Promise<WorkFolder> {
  const folder = await WorkFolder.make({ pictures: 0 });
  await writeFile(folder.at("b.yaml"), text);
  for (let i = 0; i < pictures; i++) await writePng(folder.at(`in/p${i}.png`), 16, i);
  requireCoded(await runCli([...sharedBench, "-o", "alone"], { cwd: folder.path }), [0]);
  return folder;
}

/** Errors: a table in `out` is not to the byte that of a single process. */
export async function requireSameTables(folder: WorkFolder): Promise<void> {
  for (const name of tables) {
    const [alone, shared] = [await readFile(folder.at(`alone/${name}`)), await readFile(folder.at(`out/${name}`))];
    if (!alone.equals(shared)) throw new Error(`${name} is not that of a single process`);
  }
}
