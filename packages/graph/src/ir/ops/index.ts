import type { OpName } from "../op-attrs.js";
import type { OpDef, OpTable } from "../op-def.js";
import { compare } from "./compare.js";
import { conv } from "./conv.js";
import { elementwise } from "./elementwise.js";
import { fourier } from "./fourier.js";
import { gather } from "./gather.js";
import { leaf } from "./leaf.js";
import { matmul } from "./matmul.js";
import { movement } from "./movement.js";
import { normalize } from "./normalize.js";
import { reduce } from "./reduce.js";
import { resize } from "./resize.js";

/** The whole language: one record per op. It is total, so an op without a rule does not compile. */
export const ops: OpTable = {
  ...leaf,
  ...elementwise,
  ...compare,
  ...reduce,
  ...normalize,
  ...movement,
  ...gather,
  ...matmul,
  ...conv,
  ...resize,
  ...fourier,
};

/** The record of an op, with the type of its attributes where the op is known. */
export const definitionOf = <K extends OpName>(op: K): OpDef<K> => ops[op];
