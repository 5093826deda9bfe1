import { mkdir } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { lpipsModel } from "@leader/metrics";
import { writeFileAtomically } from "leader-restore/supervision";
import { readNpz } from "../bench/npz.js";
import { exitCodes } from "../exit-codes.js";
import { makeOutput } from "../render/output.js";

/** Turns published LPIPS weights into an ONNX network for the bench. Returns the exit code. */
export async function importLpips(file: string, options: { readonly output: string; readonly json: boolean }): Promise<number> {
  const { backbone, model } = lpipsModel(await readNpz(file), basename(file));
  await mkdir(dirname(options.output), { recursive: true });
  await writeFileAtomically(options.output, model);
  const output = makeOutput(options.json);
  output.record({ type: "result", output: options.output, backbone, bytes: model.length });
  output.text(`${options.output}: LPIPS 0.1, ${backbone}, ${(model.length / 2 ** 20).toFixed(1)} MiB`);
  return exitCodes.ok;
}
