import type { LinearOperator } from "../contract/operator.js";
import {
  graphErrors,
  formatAval,
  avalsOf,
  isOp,
  defined,
  equalShapes,
  trace,
  transpose,
  type Aval,
  type Graph,
  outputsAmong,
  replay,
  valuesAt,
  type Tensor,
} from "@leader/graph";
import { constantOf } from "./constants.js";
import { lazy } from "./lazy.js";

/** What the author of an operator writes; everything but `apply` is optional. */
export type LinearOperatorDefinition = Pick<LinearOperator, "name" | "domain" | "apply"> &
  Partial<Omit<LinearOperator, "name" | "domain" | "apply">>;

/**
 * Makes an operator from `apply`: the range is found by tracing it, and the adjoint by transposing that trace, unless they are
 * given. Every member checks the types of its arguments, so that a wrong size is reported by the operator's name.
 * @throws LEADER_OPERATOR_NOT_LINEAR when a derived adjoint is asked for and `apply` is not linear.
 */
export function linearOperator(definition: LinearOperatorDefinition): LinearOperator {
  const { name, domain, pinv, svd, proxL2, normalInverse, measured } = definition;
  const forward = lazy(() => trace((x) => definition.apply(x), [domain], ["x"]));
  const backward = lazy(() => transpose(forward(), name));
  const range = plainAval(definition.range ?? outputOf(forward()));
  const adjoint = definition.adjoint?.bind(definition) ?? ((y: Tensor) => copied(backward(), y));
  const check = (member: string, role: string, value: Aval, expected: Aval): void => {
    if (value.dtype === expected.dtype && equalShapes(value.shape, expected.shape)) return;
    throw graphErrors.SHAPE_MISMATCH({
      op: `${name}.${member}`,
      problem: `expected ${role} of type ${formatAval(expected)}, received ${formatAval(value)}`,
    });
  };
  const checked =
    (member: string, f: (value: Tensor) => Tensor, from: Aval, to: Aval) =>
    (value: Tensor): Tensor => {
      check(member, "an argument", value, from);
      const result = f(value);
      check(member, "a result", result, to);
      return result;
    };
  const checkedProx =
    (prox: NonNullable<typeof proxL2>) =>
    (z: Tensor, y: Tensor, rho: Tensor): Tensor => {
      check("proxL2", "z", z, domain);
      check("proxL2", "y", y, range);
      check("proxL2", "rho", rho, scalar);
      return prox(z, y, rho);
    };
  const checkedInverse =
    (inverse: NonNullable<typeof normalInverse>) =>
    (u: Tensor, rho: Tensor): Tensor => {
      check("normalInverse", "rho", rho, scalar);
      return checked("normalInverse", (value) => inverse(value, rho), range, range)(u);
    };
  return {
    name,
    domain: plainAval(domain),
    range,
    apply: checked("apply", (x) => definition.apply(x), domain, range),
    adjoint: checked("adjoint", adjoint, range, domain),
    ...defined({
      pinv: pinv && checked("pinv", pinv, range, domain),
      svd,
      proxL2: proxL2 && checkedProx(proxL2),
      normalInverse: normalInverse && checkedInverse(normalInverse),
      measured,
    }),
  };
}

const scalar: Aval = { shape: [], dtype: "float32" };
const plainAval = ({ shape, dtype }: Aval): Aval => ({ shape, dtype });
const outputOf = (graph: Graph): Aval => avalsOf(graph)[graph.outputs[0]!]!;

/** Copies a graph of one input and one output into the trace of `input`. */
function copied(graph: Graph, input: Tensor): Tensor {
  const values = valuesAt(graph, [input]);
  replay(input.trace, graph.nodes, values, (node, operands) =>
    isOp(node, "Constant") ? constantOf(input.trace, node.attrs.value) : input.trace.emit(node.op, operands, node.attrs),
  );
  return outputsAmong(graph, values)[0]!;
}
