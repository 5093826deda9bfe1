import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { HostTensor } from "@leader/graph";
import { readNpy, writeFileAtomically, writeNpy, type RecordedFrame } from "leader-restore";
import { z } from "zod";
import { makeFolders } from "leader-restore/supervision";
import { errors } from "../error-codes.js";
import type { RecordedRun } from "./recorded-run.js";
import { runFactsSchema, type PictureName } from "./run-facts.js";

/** A run as files that NumPy reads too: `run.json` and one `.npy` per array. */

export const factsName = "run.json";
export const reportName = "report.html";

const frameFile = (step: number, what: "x0" | "preview" | "variance"): string => `step-${String(step).padStart(4, "0")}-${what}.npy`;

/** Writes a run; `run.json` comes last, so a folder that has one is whole. */
export async function writeRunFolder(folder: string, { facts, pictures, frames }: RecordedRun): Promise<void> {
  await makeFolders(folder);
  for (const [name, picture] of pictures) await writeNpy(join(folder, `${name}.npy`), picture);
  for (const { step, stride, preview, x0, variance } of frames) {
    await writeNpy(join(folder, frameFile(step, "x0")), x0);
    if (stride > 1) await writeNpy(join(folder, frameFile(step, "preview")), preview);
    if (variance !== undefined) await writeNpy(join(folder, frameFile(step, "variance")), variance);
  }
  await writeFileAtomically(join(folder, factsName), `${JSON.stringify(facts, undefined, 2)}\n`);
}

/** Reads a run. Errors: `NOT_A_RUN`, and those of `.npy` files. */
export async function readRunFolder(folder: string): Promise<RecordedRun> {
  const file = join(folder, factsName);
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw errors.NOT_A_RUN({ path: folder, problem: `it holds no ${factsName}` }, { cause });
  });
  const facts = runFactsSchema.safeParse(parsed(text, folder));
  if (!facts.success) throw errors.NOT_A_RUN({ path: folder, problem: z.prettifyError(facts.error) });
  const array = async (name: string): Promise<HostTensor> => pictureLike(await readNpy(join(folder, name)), join(folder, name));
  const pictures = new Map<PictureName, HostTensor>();
  for (const name of facts.data.pictures) pictures.set(name, await array(`${name}.npy`));
  if (!pictures.has("restored")) throw errors.NOT_A_RUN({ path: folder, problem: "it lists no restored picture" });
  const frames: RecordedFrame[] = [];
  for (const { step, stride, variance } of facts.data.frames) {
    const x0 = await array(frameFile(step, "x0"));
    const preview = stride > 1 ? await array(frameFile(step, "preview")) : x0;
    frames.push({ step, stride, preview, x0, ...(variance ? { variance: await array(frameFile(step, "variance")) } : {}) });
  }
  return { facts: facts.data, pictures, frames };
}

/** The runs that a path names: the folder itself, or the folders of runs directly inside, sorted. Errors: `NOT_A_RUN`. */
export async function runFolders(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch((cause: unknown) => {
    throw errors.NOT_A_RUN({ path, problem: "it is no folder that can be read" }, { cause });
  });
  if (entries.some((entry) => entry.name === factsName)) return [path];
  const inside: string[] = [];
  for (const entry of entries) {
    if (!entry.isDirectory()) continue;
    const names = await readdir(join(path, entry.name));
    if (names.includes(factsName)) inside.push(join(path, entry.name));
  }
  if (inside.length === 0) throw errors.NOT_A_RUN({ path, problem: `neither it nor the folders inside hold a ${factsName}` });
  return inside.sort();
}

function parsed(text: string, folder: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw errors.NOT_A_RUN({ path: folder, problem: `${factsName} is no JSON` }, { cause });
  }
}

function pictureLike(tensor: HostTensor, file: string): HostTensor {
  if (tensor.shape.length === 4 && tensor.shape[0] === 1 && tensor.dtype === "float32") return tensor;
  throw errors.NOT_A_RUN({ path: file, problem: `expected float32[1,C,H,W], received ${tensor.dtype}[${tensor.shape.join(",")}]` });
}
