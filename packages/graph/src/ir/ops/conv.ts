import type { Aval } from "../../values.js";
import { formatAval } from "../format.js";
import type { OpDef } from "../op-def.js";
import type { ConvAttrs, OpAttrs } from "../op-attrs.js";
import { expectIntegers, expectOperands, expectTypes, formatShape, shapeError } from "./check.js";
import { evaluateConv, evaluateConvTranspose } from "./conv-kernel.js";
import { convTransposeVjp, convVjp } from "./conv-vjp.js";

type ConvOp = "Conv" | "ConvTranspose";
type Shape = readonly number[];

/** Checks what both convolutions share and returns the number of spatial axes. */
function checkConvolution(op: ConvOp, inputs: readonly Aval[], attrs: ConvAttrs): number {
  expectOperands(op, inputs, 2, 3);
  expectTypes(op, inputs, ["float32"]);
  const [x, w] = [inputs[0]!, inputs[1]!];
  const spatial = x.shape.length - 2;
  if (spatial < 1 || spatial > 3 || w.shape.length !== x.shape.length) {
    throw shapeError(op, `expected x and w of one rank from 3 to 5, received ${formatAval(x)} and ${formatAval(w)}`);
  }
  expectIntegers(op, "strides", attrs.strides, spatial, 1);
  expectIntegers(op, "dilations", attrs.dilations, spatial, 1);
  expectIntegers(op, "pads", attrs.pads, 2 * spatial, 0);
  expectIntegers(op, "groups", [attrs.groups], 1, 1);
  if (w.shape.includes(0)) throw shapeError(op, `expected a weight without empty axes, received ${formatAval(w)}`);
  return spatial;
}

function checkBias(op: ConvOp, bias: Aval | undefined, channels: number): void {
  if (bias !== undefined && (bias.shape.length !== 1 || bias.shape[0] !== channels)) {
    throw shapeError(op, `expected a bias ${formatAval({ shape: [channels], dtype: "float32" })}, received ${formatAval(bias)}`);
  }
}

/** Pixels that the dilated kernel covers along an axis. */
const extent = (kernel: number, dilation: number): number => dilation * (kernel - 1) + 1;

function positive(op: ConvOp, shape: Shape, x: Aval, w: Aval, attrs: ConvAttrs): Shape {
  if (shape.every((n) => n >= 1)) return shape;
  throw shapeError(
    op,
    `expected at least one output pixel, received ${formatShape(shape)} from ${formatAval(x)}, ${formatAval(w)} and pads ${formatShape(attrs.pads)}`,
  );
}

function inferConv(inputs: readonly Aval[], attrs: OpAttrs["Conv"]): Aval {
  const spatial = checkConvolution("Conv", inputs, attrs);
  const [x, w, bias] = [inputs[0]!, inputs[1]!, inputs[2]];
  const [channels, filters] = [x.shape[1]!, w.shape[0]!];
  if (channels !== w.shape[1]! * attrs.groups || filters % attrs.groups !== 0) {
    throw shapeError(
      "Conv",
      `expected w [M, ${channels}/${attrs.groups}, ...] with M divisible by ${attrs.groups} for ${formatAval(x)}, received ${formatAval(w)}`,
    );
  }
  checkBias("Conv", bias, filters);
  const size = x.shape.slice(2).map((n, i) => {
    const room = n + attrs.pads[i]! + attrs.pads[i + spatial]! - extent(w.shape[i + 2]!, attrs.dilations[i]!);
    return Math.floor(room / attrs.strides[i]!) + 1;
  });
  return { shape: [x.shape[0]!, filters, ...positive("Conv", size, x, w, attrs)], dtype: "float32" };
}

function inferConvTranspose(inputs: readonly Aval[], attrs: OpAttrs["ConvTranspose"]): Aval {
  const spatial = checkConvolution("ConvTranspose", inputs, attrs);
  const [x, w, bias] = [inputs[0]!, inputs[1]!, inputs[2]];
  const { strides, pads, dilations, groups, outputPadding } = attrs;
  expectIntegers("ConvTranspose", "outputPadding", outputPadding, spatial, 0);
  const excess = outputPadding.findIndex((n, i) => n >= Math.max(strides[i]!, dilations[i]!));
  if (excess >= 0) {
    throw shapeError(
      "ConvTranspose",
      `expected outputPadding below the stride or the dilation, received ${formatShape(outputPadding)} with strides ${formatShape(strides)} and dilations ${formatShape(dilations)}`,
    );
  }
  if (x.shape[1] !== w.shape[0] || x.shape[1]! % groups !== 0) {
    throw shapeError(
      "ConvTranspose",
      `expected w [${x.shape[1]!}, M/${groups}, ...] with ${groups} groups that divide the channels of ${formatAval(x)}, received ${formatAval(w)}`,
    );
  }
  const filters = w.shape[1]! * groups;
  checkBias("ConvTranspose", bias, filters);
  const size = x.shape
    .slice(2)
    .map((n, i) => (n - 1) * strides[i]! + extent(w.shape[i + 2]!, dilations[i]!) + outputPadding[i]! - pads[i]! - pads[i + spatial]!);
  return { shape: [x.shape[0]!, filters, ...positive("ConvTranspose", size, x, w, attrs)], dtype: "float32" };
}

export const conv = {
  Conv: {
    infer: inferConv,
    evaluate: evaluateConv,
    vjp: ({ cotangent, inputs, attrs, wanted }) => convVjp(cotangent, inputs, attrs, wanted),
  } satisfies OpDef<"Conv">,
  ConvTranspose: {
    infer: inferConvTranspose,
    evaluate: evaluateConvTranspose,
    vjp: ({ cotangent, inputs, attrs, wanted }) => convTransposeVjp(cotangent, inputs, attrs, wanted),
  } satisfies OpDef<"ConvTranspose">,
};
