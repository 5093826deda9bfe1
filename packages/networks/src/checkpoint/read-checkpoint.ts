import { basename } from "node:path";
import { errors } from "../error-codes.js";
import { readNpz } from "../file/npz.js";
import { readSafetensors } from "../file/safetensors.js";
import { bytesSource, type Source } from "../file/source.js";
import type { StoredTensor } from "../file/stored-tensor.js";
import { readEdmPickle } from "../pickle/edm-pickle.js";
import { plainValue } from "../pickle/plain-value.js";
import { readZip } from "../file/zip.js";
import { readTorchStream, streamStart } from "../pickle/torch-stream.js";
import { readTorchZip, type Unpacked } from "../pickle/torch-zip.js";
import type { Checkpoint, CheckpointFormat } from "../file/checkpoint.js";
import { stateDict, withoutPrefix } from "./state-dict.js";

/** A checkpoint from bytes in memory. @throws as `openCheckpoint`. */
export const checkpointFromBytes = async (name: string, bytes: Uint8Array<ArrayBuffer>): Promise<Checkpoint> =>
  await readCheckpoint(bytesSource(name, bytes));

/** Reads whatever a source is. */
export async function readCheckpoint(source: Source): Promise<Checkpoint> {
  const start = await source.read(0, Math.min(16, source.size));
  const begins = (bytes: Iterable<number>): boolean => [...bytes].every((byte, i) => start[i] === byte);
  // First, since the length with which these begin can look like the start of the others.
  if (start[8] === 0x7b && start.subarray(4, 8).every((byte) => byte === 0))
    return made(source, "safetensors", withoutPrefix((await readSafetensors(source)).tensors));
  if (begins([0x50, 0x4b])) return await fromZip(source);
  if (begins(streamStart)) return made(source, "PyTorch (stream)", stateDict(await readTorchStream(source), source.name));
  if (begins([0x80])) return await fromEdm(source);
  throw errors.CHECKPOINT_UNREADABLE({ file: source.name, problem: whatElse(start) });
}

interface Weights {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly chosen: readonly string[];
}

const made = (source: Source, format: CheckpointFormat, { tensors, chosen }: Weights): Checkpoint => ({
  name: basename(source.name),
  format,
  bytes: source.size,
  tensors,
  chosen,
  close: () => source.close(),
});

async function fromZip(source: Source): Promise<Checkpoint> {
  const names = [...(await readZip(source)).keys()];
  if (names.length > 0 && names.every((name) => name.endsWith(".npy")))
    return made(source, "NumPy (.npz)", withoutPrefix(await readNpz(source)));
  const unpacked: Unpacked = await readTorchZip(source);
  return made(source, "PyTorch (zip)", stateDict(unpacked, source.name));
}

async function fromEdm(source: Source): Promise<Checkpoint> {
  const pickle = await readEdmPickle(source);
  const init = Object.fromEntries(Object.entries(pickle.arguments).map(([key, value]) => [key, plainValue(value)]));
  return { ...made(source, "EDM pickle", stateDict(pickle, source.name)), edm: { className: pickle.className, arguments: init } };
}

/** What people put in the place of weights. */
function whatElse(start: Uint8Array): string {
  const text = new TextDecoder().decode(start);
  if (start.length === 0) return "it is empty";
  if (/^\s*<(!doctype|html|\?xml)/iu.test(text)) return "it is a web page: the download needs a login, or the address is that of a page";
  if (text.startsWith("version https://")) return "it is a pointer of git-lfs; fetch the file itself (`git lfs pull`)";
  if (start[0] === 0x08 && start[1]! < 16) return "it looks like an ONNX file; use the stage `onnx-file`";
  if (start[0] === 0x1f && start[1] === 0x8b) return "it is packed by gzip; unpack it first";
  if (text.startsWith("\x89HDF")) return "it is an HDF5 file, as Keras writes them";
  if (text.startsWith("GGUF")) return "it is a GGUF file, which holds language models";
  return "its first bytes are those of no format that is read (safetensors, PyTorch, EDM, NumPy)";
}
