import type { GraphProto } from "onnx-buf";
import { TensorProto_DataLocation } from "onnx-buf";
import { decodeModel, encodeModel, externalEntries, ownLocation, smallestStored } from "./proto.js";

/**
 * The bytes of an ONNX file without its large weights, which stay in the file: `readOnnx` finds them there by `ReadOptions.self`. Only what
 * lies in the file as raw bytes can stay.
 * @param bytes the whole file, to be let go afterwards. @throws ONNX_UNREADABLE.
 */
export function leaveWeights(bytes: Uint8Array, fileName: string): Uint8Array {
  const model = decodeModel(bytes, fileName);
  const left = leaveIn(model.graph!, bytes);
  return left === 0 ? bytes : encodeModel(model);
}

/** Replaces the raw bytes of large weights by their places; returns how many. */
function leaveIn(graph: GraphProto, bytes: Uint8Array): number {
  let left = 0;
  for (const tensor of graph.initializer) {
    const raw = tensor.rawData;
    // Messages hold views of the bytes that they were read from.
    if (raw.byteLength < smallestStored || raw.buffer !== bytes.buffer || tensor.dataLocation === TensorProto_DataLocation.EXTERNAL)
      continue;
    tensor.externalData = externalEntries({ location: ownLocation, offset: raw.byteOffset - bytes.byteOffset, length: raw.byteLength });
    tensor.dataLocation = TensorProto_DataLocation.EXTERNAL;
    tensor.rawData = new Uint8Array(0);
    left++;
  }
  return left;
}
