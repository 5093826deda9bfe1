/** Branches. */
import { equalShapes } from "../../../ir/shape.js";
import { dtypeOf, heavy, isConstant, type NodeContext, type OpRules, type Value } from "../node-context.js";

function branch(node: NodeContext, name: "then_branch" | "else_branch"): readonly Value[] {
  const graph = node.attrs.graph(name);
  if (graph === undefined) throw node.invalid(`attribute ${name} is missing`);
  return node.services.subgraph(graph);
}

/** A known condition takes its branch; otherwise both are computed and one is selected, which needs equal types. */
function conditional(node: NodeContext): readonly Value[] {
  const condition = node.input(0);
  if (condition.shape.some((n) => n !== 1))
    throw node.invalid(`the condition should be one boolean, but is [${condition.shape.join(",")}]`);
  if (isConstant(condition)) return branch(node, Number(condition.data[0]) === 0 ? "else_branch" : "then_branch");
  const [yes, no] = [branch(node, "then_branch"), branch(node, "else_branch")];
  const chosen = condition.reshape([]).cast("bool");
  return yes.map((value, i) => {
    const other = no[i];
    if (other === undefined || !equalShapes(value.shape, other.shape) || dtypeOf(value) !== dtypeOf(other)) {
      throw node.unsupported("a condition that depends on the input, with branches of different types");
    }
    return chosen.where(node.lift(value), node.lift(other));
  });
}

export const controls: OpRules = { If: heavy(conditional) };
