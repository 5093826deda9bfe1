import { GraphBuilder } from "../../ir/trace.js";
import { avalsOf } from "../../ir/graph.js";
import { sizeOf } from "../../ir/shape.js";
import { interpret } from "../../reference/interpret.js";
import { toHostTensor, type Constant } from "../constant.js";
import { isWideInteger, type ElementType } from "../element-type.js";
import type { HostTensor } from "../../values.js";
import type { NodeContext, OpRule, ReaderServices, Value } from "./node-context.js";
import { isConstant } from "./node-context.js";

/** The result of a rule as a list. */
export const listed = (result: ReturnType<OpRule["build"]>): readonly (Value | undefined)[] => (isOneValue(result) ? [result] : result);

const isOneValue = (result: ReturnType<OpRule["build"]>): result is Value => !Array.isArray(result);

/**
 * Computes a node whose operands are all known: the rule is traced into a graph of its own, which the reference interpreter runs.
 * Undefined if that would cost more than may be spent while reading.
 */
export function foldNode(
  rule: OpRule,
  make: (services: Pick<ReaderServices, "builder" | "lift">) => NodeContext,
): readonly (Value | undefined)[] | undefined {
  const builder = new GraphBuilder();
  const node = make({ builder, lift: (value) => builder.constant(toHostTensor(value)) });
  const values = listed(rule.build(node));
  const traced = values.filter((value) => value !== undefined && !isConstant(value));
  if (traced.length === 0) return values;
  const graph = builder.build(traced.map((value) => node.lift(value!)));
  const cost = avalsOf(graph).reduce((sum, aval) => sum + sizeOf(aval.shape), 0);
  if (!node.services.mayFold(cost)) return undefined;
  const results = interpret(graph, []).map((result) => typed(result, node.inputs));
  return values.map((value) => (value === undefined || isConstant(value) ? value : results[traced.indexOf(value)]));
}

/** The language has one integer type; the file's own is recovered from the operands. */
function typed(result: HostTensor, inputs: NodeContext["inputs"]): Constant {
  const wide = inputs.find((input): input is Constant => input !== undefined && isConstant(input) && isWideInteger(input.type));
  const type: ElementType = result.dtype === "int32" && wide !== undefined ? wide.type : result.dtype;
  if (type === result.dtype || !(result.data instanceof Int32Array)) return { shape: result.shape, type: result.dtype, data: result.data };
  return { shape: result.shape, type, data: BigInt64Array.from(Array.from(result.data, BigInt)) };
}
