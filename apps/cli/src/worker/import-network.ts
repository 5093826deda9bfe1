import { defined } from "@leader/graph/records";
import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { writeOnnx } from "@leader/graph/onnx";
import { loadWeights, networkGraph, openCheckpoint, recognise, usageOf } from "@leader/networks";
import { writeFileAtomically } from "leader-restore/supervision";
import { errors } from "../error-codes.js";
import { exitCodes } from "../exit-codes.js";
import { checkKept, prepareFiles, prepareFolder } from "../outputs.js";
import { pictureSize } from "../picture-size.js";
import type { Ways } from "../telling/ways.js";
import type { ImportRequest } from "./command-tasks.js";
import { outputTo, readingTo } from "./output-to.js";

/** An ONNX file cannot be larger than 2 GiB; its weights then lie beside it. */
const mostInside = 1.9e9;
const smallestOutside = 1024;

/** Writes the network of a checkpoint as an ONNX file. Returns the exit code. */
export async function importNetwork({ file, ...options }: ImportRequest, { emit }: Ways): Promise<number> {
  const { height, width } = pictureSize(options.size);
  const exists = (await stat(options.output).catch(() => undefined)) !== undefined;
  if (exists && !options.overwrite) throw errors.OUTPUT_EXISTS({ path: options.output });
  const weightFile = join(dirname(options.output), `${basename(options.output)}.data`);
  await checkKept([options.output, weightFile], [file]);
  await prepareFolder(dirname(options.output));
  await prepareFiles([options.output, weightFile]);
  const at = readingTo(emit);
  const checkpoint = await openCheckpoint(file, (share) => at(basename(file), share));
  try {
    const recognised = recognise(checkpoint, undefined, {
      headChannels: count(options.headChannels),
      heads: count(options.heads),
      newAttentionOrder: options.newAttentionOrder,
    });
    const { network } = recognised;
    if (height % network.multiple !== 0 || width % network.multiple !== 0)
      throw errors.USAGE({ problem: `this network takes sides that are multiples of ${network.multiple}`, hint: "choose another --size" });
    const { usage } = usageOf(checkpoint, recognised, {});
    const weights = await loadWeights(checkpoint, recognised);
    const written = writeOnnx(networkGraph(network, weights, [1, network.channels, height, width]), {
      name: checkpoint.name,
      outputNames: ["prediction"],
      ...(weights.bytes > mostInside ? { externalWeights: { minBytes: smallestOutside, fileName: basename(weightFile) } } : {}),
    });
    // The weights first: a model without them would be a broken file.
    if (written.externalData !== undefined) await writeFileAtomically(weightFile, written.externalData);
    await writeFileAtomically(options.output, written.model);
    const output = outputTo(emit);
    const bytes = written.model.length + (written.externalData?.length ?? 0);
    output.record({
      type: "result",
      output: options.output,
      network,
      usage,
      bytes,
      ...defined({ weights: written.externalData && basename(weightFile) }),
    });
    output.text(
      `${options.output}: ${network.summary}, ${height}x${width}, ${(bytes / 2 ** 20).toFixed(1)} MiB${written.externalData === undefined ? "" : ` with ${basename(weightFile)}`}`,
    );
    output.text(
      `use it with: { use: "leader#onnx-file", with: ${JSON.stringify({ path: options.output, predicts: usage.predicts, state: usage.state, range: usage.range, schedule: usage.schedule })} }`,
    );
  } finally {
    await checkpoint.close();
  }
  return exitCodes.ok;
}

function count(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw errors.USAGE({ problem: `\`${text}\` is no number of heads or channels`, hint: "for example --head-channels 64" });
  return value;
}
