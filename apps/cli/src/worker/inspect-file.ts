import { open, readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import { memoryOf } from "@leader/graph";
import { inspectOnnx } from "@leader/graph/onnx";
import { networkGraph, openCheckpoint, recognise, usageOf, WeightPlaceholders, type Checkpoint } from "@leader/networks";
import { exitCodes } from "../exit-codes.js";
import { pictureSize } from "../picture-size.js";
import type { Ways } from "../telling/ways.js";
import type { InspectRequest } from "./command-tasks.js";
import { outputTo, readingTo } from "./output-to.js";

/** Says what a file of weights or a network is, without reading its weights. Returns the exit code. */
export async function inspectFile(request: InspectRequest, { emit }: Ways): Promise<number> {
  if (await isOnnx(request.file)) await inspectNetwork(request.file, emit);
  else await inspectCheckpoint(request, emit);
  return exitCodes.ok;
}

/** By its first field, the version of the format, and its name: nothing else begins so. */
async function isOnnx(file: string): Promise<boolean> {
  const stats = await stat(file).catch(() => undefined);
  if (stats?.isFile() !== true) return false;
  if (file.endsWith(".onnx")) return true;
  const handle = await open(file);
  try {
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return buffer[0] === 0x08 && buffer[1]! < 16;
  } finally {
    await handle.close();
  }
}

async function inspectNetwork(file: string, emit: Ways["emit"]): Promise<void> {
  const output = outputTo(emit);
  const summary = inspectOnnx(await readFile(file), basename(file));
  output.record({ type: "onnx", file, ...summary });
  const value = ({ name, type, shape }: (typeof summary.inputs)[number]): string =>
    `${name} ${type}[${shape?.map((n) => n ?? "?").join(",") ?? "..."}]`;
  output.text(`${basename(file)}: ONNX, opset ${summary.opset ?? "unknown"}${summary.producer === "" ? "" : `, by ${summary.producer}`}`);
  output.text(`inputs:      ${summary.inputs.map(value).join("; ")}`);
  output.text(`outputs:     ${summary.outputs.map(value).join("; ")}`);
  output.text(`parameters:  ${summary.parameters.toLocaleString("en")}`);
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

async function inspectCheckpoint({ file, ...options }: InspectRequest, emit: Ways["emit"]): Promise<void> {
  const output = outputTo(emit);
  const { height, width } = pictureSize(options.size);
  const at = readingTo(emit);
  const checkpoint = await openCheckpoint(file, (share) => at(basename(file), share));
  try {
    const recognised = recognise(checkpoint);
    const { network, known, parameters, tensors, expected } = recognised;
    const { usage, notes } = usageOf(checkpoint, recognised, {});
    const multiple = (n: number): number => Math.ceil(n / network.multiple) * network.multiple;
    const graph = networkGraph(network, new WeightPlaceholders(expected), [1, network.channels, multiple(height), multiple(width)]);
    const memory = { weights: 4 * parameters, activations: memoryOf(graph).activations };
    output.record({
      type: "checkpoint",
      file,
      format: checkpoint.format,
      bytes: checkpoint.bytes,
      network,
      known: known?.names,
      parameters,
      tensors,
      usage,
      assumed: notes,
      memory,
    });
    output.text(`${checkpoint.name}: ${network.summary}`);
    output.text(
      `file:        ${checkpoint.format}, ${mebibytes(checkpoint.bytes)}${checkpoint.chosen.length === 0 ? "" : `, ${checkpoint.chosen.join(", then ")}`}`,
    );
    output.text(`known as:    ${known === undefined ? "none of the published files" : known.names.join(", ")}`);
    output.text(`parameters:  ${parameters.toLocaleString("en")} in ${tensors} tensors of ${elementTypes(checkpoint)}`);
    output.text(
      `images:      ${network.channels} channels, sides padded to multiples of ${network.multiple}${network.classes === undefined ? "" : `; ${network.classes} classes`}`,
    );
    output.text(
      `settings:    ${[...Object.entries(network.settings), ...Object.entries(usage)].map(([key, value]) => `${key} ${typeof value === "object" ? JSON.stringify(value) : String(value)}`).join(", ")}`,
    );
    if (notes.length > 0) output.text(`assumed:     ${notes.join(", ")}`);
    output.text(
      `memory:      ${mebibytes(memory.weights)} of weights, and at least ${mebibytes(memory.activations)} of activations for one evaluation at ${height}x${width}`,
    );
    if (options.keys) for (const [name, { type, shape }] of checkpoint.tensors) output.text(`  ${name} ${type}[${shape.join(",")}]`);
  } finally {
    await checkpoint.close();
  }
}

const elementTypes = ({ tensors }: Checkpoint): string => [...new Set([...tensors.values()].map(({ type }) => type))].join(", ");
