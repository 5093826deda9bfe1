import type { OpName } from "../../ir/op-attrs.js";
import { contractions } from "./contraction.js";
import { elementwise } from "./elementwise.js";
import type { Lowering } from "./lowering.js";
import { movement } from "./movement.js";
import { reductions } from "./reduce.js";

/** How every op is written in ONNX. Total, so that a new op does not compile without it; functions are written by their bodies. */
export const lowerings: { readonly [K in Exclude<OpName, "Function">]: Lowering<K> } = {
  Constant: (writer, { attrs }) => writer.constant(attrs.value),
  ...elementwise,
  ...reductions,
  ...movement,
  ...contractions,
};
