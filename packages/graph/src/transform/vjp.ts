import { errors } from "../error-codes.js";
import { formatAval } from "../ir/format.js";
import type { Graph, Node } from "../ir/graph.js";
import { definitionOf } from "../ir/ops/index.js";
import type { EmittedNode, Emitter, Tensor } from "../ir/tensor.js";
import { GraphBuilder } from "../ir/trace.js";
import { eliminateDeadNodes } from "./dce.js";
import { inlineFunctions } from "./inline.js";
import { replay, valuesAt } from "../ir/replay.js";

/** Which inputs of a graph to differentiate by. */
export interface DerivativeOptions {
  /** Positions of the params. Default: all float32 params. */
  readonly wrt?: readonly number[];
}

/**
 * Reverse mode: from a graph (x...) -> (f...) the graph (x..., ct...) -> (ct_x...), with one cotangent param per float32
 * output and one output per param of `wrt`. Calls are inlined, so the forward values are computed once.
 */
export function vjp(graph: Graph, options: DerivativeOptions = {}): Graph {
  const wrt = differentiable(graph, options.wrt);
  const builder = new GraphBuilder();
  const inputs = graph.params.map((p) => builder.param(p.name, p.aval));
  const avals = [...graph.params, ...graph.nodes];
  const cotangents = graph.outputs.map((id, i) => {
    const { aval } = avals[id]!;
    return aval.dtype === "float32" ? builder.param(`ct:${i}`, aval) : undefined;
  });
  const wanted = graph.params.map((_, i) => wrt.includes(i));
  const found = vjpInto(builder, inlineFunctions(graph), inputs, cotangents, wanted);
  return eliminateDeadNodes(builder.build(wrt.map((i) => found[i] ?? zerosLike(inputs[i]!))));
}

/**
 * Emits a graph and its reverse sweep at `inputs` into a trace.
 * @param cotangents one per output of the graph; undefined means zero.
 * @returns one cotangent per input; undefined if it was not wanted or is structurally zero.
 */
export function vjpInto(
  emitter: Emitter,
  graph: Graph,
  inputs: readonly Tensor[],
  cotangents: readonly (Tensor | undefined)[],
  wanted: readonly boolean[],
): readonly (Tensor | undefined)[] {
  const emitted: EmittedNode[] = [];
  replay(emitter, graph.nodes, valuesAt(graph, inputs), (node, operands) => {
    const output = emitter.emit(node.op, operands, node.attrs);
    emitted.push({ node, inputs: operands, output });
    return output;
  });
  const seeds = graph.outputs.map((id, i) => [id, cotangents[i]] as const);
  const sources = graph.params.map((p) => p.id);
  const found = reverseSweep(
    emitter,
    emitted,
    seeds,
    sources.filter((_, i) => wanted[i] === true),
  );
  return sources.map((id, i) => (wanted[i] === true ? found.get(id) : undefined));
}

/**
 * Walks emitted nodes backwards from the seeds (value id, cotangent) and returns the cotangents of the sources, by value id.
 * Only nodes on a path from a source are visited, so a rule is never asked for a derivative that nobody uses.
 */
export function reverseSweep(
  emitter: Emitter,
  emitted: readonly EmittedNode[],
  seeds: readonly (readonly [number, Tensor | undefined])[],
  sources: readonly number[],
): ReadonlyMap<number, Tensor> {
  const active = activeValues(emitted, sources);
  const cotangents = new Map<number, Tensor>();
  const accumulate = (id: number, cotangent: Tensor | undefined): void => {
    if (cotangent === undefined || !active.has(id)) return;
    const known = cotangents.get(id);
    cotangents.set(id, known === undefined ? cotangent : known.add(cotangent));
  };
  for (const [id, cotangent] of seeds) accumulate(id, cotangent);
  const byId = new Map(emitted.map((one) => [one.node.id, one]));
  for (const { node, inputs, output } of emitted.toReversed()) {
    const cotangent = cotangents.get(node.id);
    if (cotangent === undefined) continue;
    const gate = gateOf(node, byId);
    if (gate !== undefined) {
      const { id, x, s } = gate;
      if (active.has(id))
        accumulate(
          id,
          emitter.within(node.scope, () => siluCotangent(cotangent, x, s, output)),
        );
      continue;
    }
    const wanted = node.inputs.map((id) => active.has(id));
    const found = emitter.within(node.scope, () => applyRule(node, inputs, output, cotangent, wanted));
    node.inputs.forEach((id, i) => {
      accumulate(id, found[i]);
    });
  }
  return cotangents;
}

/** x, its number, and s = sigmoid(x), if the node is their product, SiLU. */
function gateOf(
  { op, inputs }: Node,
  byId: ReadonlyMap<number, EmittedNode>,
): { readonly id: number; readonly x: Tensor; readonly s: Tensor } | undefined {
  if (op !== "Mul") return undefined;
  for (const [i, id] of inputs.entries()) {
    const gate = byId.get(inputs[1 - i]!);
    if (gate?.node.op === "Sigmoid" && gate.node.inputs[0] === id) return { id, x: gate.inputs[0]!, s: gate.output };
  }
  return undefined;
}

/**
 * The derivative of y = x s with s = sigmoid(x) is s (1 + x - y): four passes over the image, where the rules of product and
 * sigmoid would take eight. Networks have one after nearly every convolution, and runtimes do not fuse them.
 */
const siluCotangent = (cotangent: Tensor, x: Tensor, s: Tensor, y: Tensor): Tensor => x.sub(y).add(1).mul(s).mul(cotangent);

/** Values that carry a derivative from a source. */
function activeValues(emitted: readonly EmittedNode[], sources: readonly number[]): ReadonlySet<number> {
  const active = new Set(sources);
  for (const { node } of emitted) {
    if (carriesDerivative(node) && node.inputs.some((id) => active.has(id))) active.add(node.id);
  }
  return active;
}

/** False for ops whose output is integer, boolean or piecewise constant. */
export function carriesDerivative(node: Node): boolean {
  return node.aval.dtype === "float32" && definitionOf(node.op).vjp !== "none";
}

function applyRule(
  node: Node,
  inputs: readonly Tensor[],
  output: Tensor,
  cotangent: Tensor,
  wanted: readonly boolean[],
): readonly (Tensor | undefined)[] {
  const { vjp: rule } = definitionOf(node.op);
  if (rule === "none") return [];
  const found = rule({
    cotangent,
    inputs,
    output,
    attrs: node.attrs,
    wanted,
    differentiate: (body, at, cotangents, of) => vjpInto(cotangent.trace, body, at, cotangents, of),
  });
  inputs.forEach((input, i) => {
    const expected = formatAval(input);
    const received = found[i];
    if (received !== undefined && formatAval(received) !== expected) {
      throw errors.GRAPH_INVALID({
        after: "vjp",
        problem: `${node.op} gave operand ${i} a cotangent ${formatAval(received)}, expected ${expected}`,
      });
    }
  });
  return found;
}

/** Zeros of the tensor's type that read nothing of it. */
export const zerosLike = (x: Tensor): Tensor => x.trace.scalar(0, x.dtype).expand(x.shape);

/** Positions of the params to differentiate by, checked. */
export function differentiable(graph: Graph, wrt: readonly number[] | undefined): readonly number[] {
  const isFloat = (i: number): boolean => graph.params[i]?.aval.dtype === "float32";
  const positions = wrt ?? graph.params.map((_, i) => i).filter(isFloat);
  const bad = positions.find((i) => !isFloat(i));
  if (bad !== undefined) {
    const param = graph.params[bad];
    throw errors.BAD_ARGUMENT({
      function: "wrt",
      expected: "positions of float32 params",
      received: param === undefined ? `${bad}` : `${bad} (${formatAval(param.aval)})`,
    });
  }
  return positions;
}
