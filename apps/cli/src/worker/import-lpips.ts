import { basename, dirname } from "node:path";
import { lpipsModel } from "@leader/metrics";
import { writeFileAtomically } from "leader-restore/supervision";
import { readNpz } from "../npz.js";
import { exitCodes } from "../exit-codes.js";
import { checkKept, prepareFiles, prepareFolder } from "../outputs.js";
import type { Ways } from "../telling/ways.js";
import type { LpipsRequest } from "./command-tasks.js";
import { outputTo } from "./output-to.js";

/** Turns published LPIPS weights into an ONNX network for the bench. Returns the exit code. */
export async function importLpips({ weights, output: file }: LpipsRequest, { emit }: Ways): Promise<number> {
  await checkKept([file], [weights]);
  await prepareFolder(dirname(file));
  await prepareFiles([file]);
  const { backbone, model } = lpipsModel(await readNpz(weights), basename(weights));
  await writeFileAtomically(file, model);
  const output = outputTo(emit);
  output.record({ type: "result", output: file, backbone, bytes: model.length });
  output.text(`${file}: LPIPS 0.1, ${backbone}, ${(model.length / 2 ** 20).toFixed(1)} MiB`);
  return exitCodes.ok;
}
