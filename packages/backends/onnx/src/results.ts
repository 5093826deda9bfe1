import type { InferenceSession, Tensor } from "onnxruntime-node";

const isTensor = (value: InferenceSession.ReturnType[string]): value is Tensor => "dims" in value && "location" in value;

/** A result that the model of a session is known to have. */
export function resultOf(results: InferenceSession.ReturnType, name: string): Tensor {
  const found = results[name];
  if (found !== undefined && isTensor(found)) return found;
  throw new TypeError(`onnxruntime gave no tensor \`${name}\``);
}
