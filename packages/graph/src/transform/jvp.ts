import { avalsOf, type Graph } from "../ir/graph.js";
import { GraphBuilder } from "../ir/trace.js";
import { eliminateDeadNodes } from "./dce.js";
import { inlineFunctions } from "./inline.js";
import { differentiable, vjp, vjpInto, zerosLike, type DerivativeOptions } from "./vjp.js";

/**
 * Forward mode: from a graph (x...) -> (f...) the graph (x..., t...) -> (dt...), with one tangent param per param of `wrt`
 * and one output per float32 output of f. The reverse sweep is linear in its cotangent, so transposing it gives the
 * Jacobian-vector product; no op needs a second rule.
 */
export function jvp(graph: Graph, options: DerivativeOptions = {}): Graph {
  const flat = inlineFunctions(graph);
  const wrt = differentiable(flat, options.wrt);
  const reverse = vjp(flat, { wrt });
  const builder = new GraphBuilder();
  const inputs = flat.params.map((p) => builder.param(p.name, p.aval));
  const tangents = wrt.map((i) => builder.param(`t:${flat.params[i]!.name}`, flat.params[i]!.aval));
  const avals = avalsOf(flat);
  // The product does not depend on where the reverse sweep is linearised in its cotangents: zero is as good as any point.
  const anywhere = flat.outputs
    .filter((id) => avals[id]!.dtype === "float32")
    .map((id) => builder.scalar(0, "float32").expand(avals[id]!.shape));
  const wanted = reverse.params.map((_, i) => i >= flat.params.length);
  const found = vjpInto(builder, reverse, [...inputs, ...anywhere], tangents, wanted).slice(flat.params.length);
  return eliminateDeadNodes(builder.build(found.map((value, i) => value ?? zerosLike(anywhere[i]!))));
}
