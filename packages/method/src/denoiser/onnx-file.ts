import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { defineStage, scheduleOf, type HostTensor, type StageEnvironment } from "@leader/core";
import { readStored, storedFile, type StoredFile } from "@leader/graph";
import { externalDataReader, leaveWeights, outlineOf } from "@leader/graph/onnx";
import { z } from "zod";
import { errors } from "../error-codes.js";
import { onnxNetwork } from "./onnx-network.js";
import { scheduleOption } from "./schedule-option.js";

const constant = z.union([z.number(), z.array(z.number()).min(1), z.string().min(1)]);

const options = z.strictObject({
  path: z.string().min(1).describe("the ONNX file; weights in other files lie beside it"),
  predicts: z.enum(["epsilon", "x0", "v", "score"]).default("epsilon").describe("what the network returns"),
  inputs: z
    .strictObject({
      x: z.string().min(1).optional().describe("name of the image input"),
      conditioning: z.string().min(1).optional().describe("name of the input that tells the noise level"),
      as: z.enum(["alpha_bar", "timestep", "sigma", "log_sigma", "none"]).optional().describe("in which form"),
    })
    .default({})
    .describe("which input is what; found by name and shape where possible"),
  constants: z
    .record(z.string(), constant)
    .default({})
    .describe("values of further inputs, such as a class: a number, a list, or a .npy file"),
  output: z.string().min(1).optional().describe("name of the output to use, if the file has several images"),
  learnedVariance: z
    .union([z.boolean(), z.literal("auto")])
    .default("auto")
    .describe(
      "whether the output has a second half, the learned range of the variance of a step (`learn_sigma` of guided-diffusion), which methods can use; auto: if it has twice the channels of the image",
    ),
  range: z.enum(["[-1,1]", "[0,1]"]).default("[-1,1]").describe("value range of the images that the network was trained on"),
  state: z
    .enum(["variance-preserving", "variance-exploding"])
    .default("variance-preserving")
    .describe("which state the network sees: sqrt(alphaBar) x0 + sqrt(1 - alphaBar) epsilon, or x0 + sigma epsilon"),
  schedule: scheduleOption,
  clipX0: z.boolean().default(false).describe("clip the predicted image to the value range in every step"),
  padTo: z
    .union([z.int().min(1).max(1024), z.literal("auto")])
    .default("auto")
    .describe("pad images (mirrored, below and to the right) to multiples of this many pixels for the network; auto: as far as it needs"),
  weights: z
    .enum(["file", "float16"])
    .default("file")
    .describe("float16: round large weights to float16, which some devices keep in half the memory"),
  tiles: z
    .union([z.enum(["auto", "off"]), z.int().min(64).max(8192)])
    .default("auto")
    .describe(
      "the network sees large pictures in overlapping tiles of this many pixels per side, blended in every step, which bounds its memory; auto: pictures of more than 1024 x 1024 pixels that are restored whole, in tiles of 512 or of what the memory allows, and any picture by a network of fixed size",
    ),
  rematerialise: z
    .enum(["nothing", "elementwise", "segments"])
    .optional()
    .describe(
      "for methods that differentiate the network: what the pass back computes again instead of keeping it, to save memory; elementwise operations cost little, segments of the whole network up to one more pass; default: elementwise from 50 million weights on, else nothing",
    ),
});

/** A denoiser from any ONNX network. Conventions: images in [-1,1], alphaBar by timestep as in Ho et al. 2020. */
export const onnxFile = defineStage({
  kind: "denoiser",
  summary: "a diffusion network in an ONNX file",
  options,
  async create({ path, constants, schedule, ...rest }, environment) {
    const file = environment.resolvePath(path);
    const name = basename(file);
    const [bytes, self] = await readNetwork(file, name, environment.loading);
    return onnxNetwork({
      ...rest,
      name,
      bytes,
      self,
      warn: (code, message) => environment.warn(code, message),
      externalData: externalDataReader(dirname(file), name),
      schedule: await scheduleOf(schedule, environment.readArray.bind(environment)),
      constants: await readConstants(constants, environment),
    });
  },
});

type Loading = StageEnvironment["loading"];

/** Smaller files are read before anybody asks. */
const largeBytes = 2 ** 26;

/** The network of a file without its large weights, which stay there. */
async function readNetwork(file: string, name: string, loading: Loading): Promise<readonly [Uint8Array, StoredFile]> {
  const self = await openedFile(file);
  refuseCheckpoints(readStored(self, 0, Math.min(16, self.size)), file);
  // A file that is not put together as it must be is read as a whole, to say what is wrong with it.
  const outline = outlineOf(self);
  if (outline !== undefined) return [outline, self];
  if (self.size >= largeBytes) loading?.(name, undefined);
  return [leaveWeights(readStored(self, 0, self.size), name), self];
}

async function openedFile(file: string): Promise<StoredFile> {
  try {
    if ((await stat(file)).isFile()) return storedFile(file);
  } catch (cause) {
    throw errors.NETWORK_FILE_MISSING({ file }, { cause });
  }
  throw errors.NETWORK_FILE_MISSING({ file });
}

/** Weights without a graph, which people take for networks. */
function refuseCheckpoints(bytes: Uint8Array, file: string): void {
  const begins = (...start: readonly number[]): boolean => start.every((byte, i) => bytes[i] === byte);
  const kind =
    bytes[8] === 0x7b && bytes.subarray(4, 8).every((byte) => byte === 0)
      ? "a safetensors file"
      : begins(0x50, 0x4b, 3, 4)
        ? "a zip archive, as PyTorch and NumPy save weights"
        : begins(0x80, 2) || begins(0x80, 4)
          ? "a pickle, as PyTorch and EDM save weights"
          : undefined;
  if (kind !== undefined) throw errors.NETWORK_FILE_KIND({ file, kind });
}

async function readConstants(
  constants: Readonly<Record<string, z.output<typeof constant>>>,
  environment: StageEnvironment,
): Promise<Record<string, HostTensor>> {
  const entries = Object.entries(constants).map(async ([name, value]) => [name, await constantTensor(value, environment)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** Lists become one axis; the reader converts to the input's own element type. */
async function constantTensor(value: z.output<typeof constant>, environment: StageEnvironment): Promise<HostTensor> {
  if (typeof value === "string") return environment.readArray(value);
  const values = typeof value === "number" ? [value] : value;
  const shape = typeof value === "number" ? [] : [values.length];
  const whole = values.every((n) => Number.isInteger(n) && Math.abs(n) < 2 ** 31);
  return whole ? { shape, dtype: "int32", data: Int32Array.from(values) } : { shape, dtype: "float32", data: Float32Array.from(values) };
}
