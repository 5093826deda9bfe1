import { coreErrors } from "@leader/core";
import { equalShapes, formatAval, type DeviceTensor, type Graph } from "@leader/graph";
import { OnnxTensor } from "./device-tensor.js";

/**
 * Refuses what a graph cannot take, before anything runs.
 * @throws BAD_ARGUMENT that names the param; USE_AFTER_DISPOSE for a disposed tensor.
 */
export function checkInputs({ params }: Graph, inputs: readonly DeviceTensor[]): void {
  if (inputs.length !== params.length)
    throw mismatch(`${params.length} inputs (${params.map(({ name }) => name).join(", ")})`, `${inputs.length}`);
  params.forEach(({ name, aval }, i) => {
    const input = inputs[i]!;
    if (input.dtype !== aval.dtype || !equalShapes(input.shape, aval.shape))
      throw mismatch(`\`${name}\` of type ${formatAval(aval)}`, formatAval(input));
    if (!(input instanceof OnnxTensor))
      throw mismatch(`\`${name}\` as a tensor that an onnx backend uploaded or computed`, "a tensor of another backend");
    input.requireAlive();
  });
}

const mismatch = (expected: string, received: string): Error => coreErrors.BAD_ARGUMENT({ function: "Executable.run", expected, received });
