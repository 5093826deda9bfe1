import { errors } from "../../error-codes.js";
import type { LeaderError } from "../../errors.js";
import type { Aval, DType } from "../../values.js";
import { formatAval } from "../format.js";
import type { OpName } from "../op-attrs.js";

type Shape = readonly number[];

/** The error of every rule that refuses its operands; `problem` states what was expected and what was received. */
export const shapeError = (op: OpName, problem: string): LeaderError => errors.SHAPE_MISMATCH({ op, problem });

export const formatShape = (shape: Shape): string => `[${shape.join(",")}]`;

const formatAvals = (avals: readonly Aval[]): string => (avals.length === 0 ? "none" : avals.map(formatAval).join(", "));

/** Throws unless the number of operands lies between `least` and `most`. */
export function expectOperands(op: OpName, inputs: readonly Aval[], least: number, most = least): void {
  if (inputs.length >= least && inputs.length <= most) return;
  const count = least === most ? `${least}` : `${least} to ${most === Infinity ? "any number of" : most}`;
  throw shapeError(op, `expected ${count} operands, received ${inputs.length} (${formatAvals(inputs)})`);
}

/** Throws unless every operand has one of the element types. */
export function expectTypes(op: OpName, inputs: readonly Aval[], dtypes: readonly DType[]): void {
  const wrong = inputs.find((x) => !dtypes.includes(x.dtype));
  if (wrong !== undefined) throw shapeError(op, `expected ${dtypes.join(" or ")} operands, received ${formatAvals(inputs)}`);
}

/** Throws unless all operands share one element type: nothing is promoted implicitly. */
export function expectSameType(op: OpName, inputs: readonly Aval[]): void {
  if (inputs.every((x) => x.dtype === inputs[0]!.dtype)) return;
  throw shapeError(op, `expected operands of one element type (use cast), received ${formatAvals(inputs)}`);
}

/** Throws unless `axis` is an axis of the operand, counted from the front. */
export function expectAxis(op: OpName, x: Aval, axis: number): void {
  if (Number.isInteger(axis) && axis >= 0 && axis < x.shape.length) return;
  throw shapeError(op, `expected an axis in [0, ${x.shape.length}) of ${formatAval(x)}, received ${axis}`);
}

/** Throws unless the attribute has the given length and every entry is an integer of at least `least`. */
export function expectIntegers(op: OpName, name: string, values: Shape, length: number, least: number): void {
  if (values.length === length && values.every((n) => Number.isInteger(n) && n >= least)) return;
  throw shapeError(op, `expected ${name} with ${length} integers of at least ${least}, received ${formatShape(values)}`);
}
