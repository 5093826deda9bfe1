import { contractions } from "./contraction.js";
import { elementwise } from "./elementwise.js";
import type { ComputedOp, Lowering } from "./lowering.js";
import { movement } from "./movement.js";
import { reductions } from "./reduce.js";

/** How every op is computed by TensorFlow.js. Total, so that a new op does not compile without it. */
const lowerings: { readonly [K in ComputedOp]: Lowering<K> } = {
  ...elementwise,
  ...reductions,
  ...movement,
  ...contractions,
};

export const loweringOf = <K extends ComputedOp>(op: K): Lowering<K> => lowerings[op];
