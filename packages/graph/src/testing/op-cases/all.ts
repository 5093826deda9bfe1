import { compareCases } from "./compare.js";
import { contractionCases } from "./contraction.js";
import { elementwiseCases } from "./elementwise.js";
import { leafCases } from "./leaf.js";
import { movementCases } from "./movement.js";
import type { OpCaseTable } from "./op-case.js";
import { reduceCases } from "./reduce.js";

/** Small examples of every op: the language's own tests, and what a backend runs to show that it lowers all of them. */
export const opCases: OpCaseTable = {
  ...leafCases,
  ...elementwiseCases,
  ...compareCases,
  ...reduceCases,
  ...movementCases,
  ...contractionCases,
};
