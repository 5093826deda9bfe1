import { storedElements } from "../../stored.js";
import type { Aval, HostTensor } from "../../values.js";
import { formatAval } from "../format.js";
import { avalsOf } from "../graph.js";
import type { OpDef } from "../op-def.js";
import { toReference } from "../reference-value.js";
import type { OpAttrs } from "../op-attrs.js";
import { equalShapes, sizeOf } from "../shape.js";
import { expectIntegers, expectOperands, shapeError } from "./check.js";

const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

function inferConstant(inputs: readonly Aval[], { value }: { readonly value: HostTensor }): Aval {
  expectOperands("Constant", inputs, 0);
  expectIntegers("Constant", "a shape", value.shape, value.shape.length, 0);
  const elements = storedElements(value);
  if (elements !== undefined) return inferStored(value, elements.length);
  if (!(value.data instanceof arrays[value.dtype]) || value.data.length !== sizeOf(value.shape)) {
    const expected = `${arrays[value.dtype].name} of ${sizeOf(value.shape)} elements`;
    throw shapeError(
      "Constant",
      `expected a ${expected} for ${formatAval(value)}, received a ${value.data.constructor.name} of ${value.data.length}`,
    );
  }
  return { shape: value.shape, dtype: value.dtype };
}

/** What stays in its file is not read to be counted. */
function inferStored({ shape, dtype }: HostTensor, length: number): Aval {
  if (dtype === "float32" && length === sizeOf(shape)) return { shape, dtype };
  throw shapeError("Constant", `expected ${sizeOf(shape)} elements for ${formatAval({ shape, dtype })}, received ${length} in a file`);
}

function inferFunction(inputs: readonly Aval[], { name, body }: OpAttrs["Function"]): Aval {
  expectOperands("Function", inputs, body.params.length);
  const wrong = body.params.findIndex(({ aval }, i) => aval.dtype !== inputs[i]!.dtype || !equalShapes(aval.shape, inputs[i]!.shape));
  if (wrong >= 0) {
    const param = body.params[wrong]!;
    throw shapeError(
      "Function",
      `expected ${formatAval(param.aval)} as \`${param.name}\` of \`${name}\`, received ${formatAval(inputs[wrong]!)}`,
    );
  }
  if (body.outputs.length !== 1) throw shapeError("Function", `expected one output of \`${name}\`, received ${body.outputs.length}`);
  return avalsOf(body)[body.outputs[0]!]!;
}

export const leaf = {
  Constant: {
    infer: inferConstant,
    evaluate: (_, { value }) => toReference(value).data,
    vjp: () => [],
  } satisfies OpDef<"Constant">,
  Function: {
    infer: inferFunction,
    evaluate: (inputs, { body }, _, evaluateBody) => evaluateBody(body, inputs)[0]!.data,
    // Differentiates the body in place, which computes its forward values again: inline calls first where that matters.
    vjp: ({ cotangent, inputs, attrs, wanted, differentiate }) => differentiate(attrs.body, inputs, [cotangent], wanted),
  } satisfies OpDef<"Function">,
};
