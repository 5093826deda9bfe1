import { isOp, type Graph } from "../ir/graph.js";
import { verify } from "../ir/verify.js";
import { eliminateCommonSubexpressions } from "./cse.js";
import { eliminateDeadNodes } from "./dce.js";
import { foldConstants, type FoldOptions } from "./fold.js";

export interface OptimizeOptions extends FoldOptions {
  /** Check the graph after every pass. Default false. */
  readonly verify?: boolean;
}

/** A body is shared by many graphs, and stays one object when they are optimized: it is hashed and compiled once. */
const bodies = new WeakMap<Graph, Graph>();

/** What every graph goes through before it is compiled: folding, common subexpressions, dead nodes; also inside the bodies of calls. */
export function optimize(graph: Graph, options: OptimizeOptions = {}): Graph {
  // First of all, while a derivative still repeats the body of its call to the letter: folding sees more of one than of the other.
  const mergeCalls = eliminateCommonSubexpressions;
  const passes = { mergeCalls, optimizeBodies, foldConstants, eliminateCommonSubexpressions, eliminateDeadNodes };
  return Object.entries(passes).reduce((before, [name, pass]) => {
    const after = pass(before, options);
    if (options.verify === true) verify(after, name);
    return after;
  }, graph);
}

function optimizeBodies(graph: Graph, options: OptimizeOptions): Graph {
  if (!graph.nodes.some((node) => isOp(node, "Function"))) return graph;
  const nodes = graph.nodes.map((node) =>
    isOp(node, "Function") ? { ...node, attrs: { ...node.attrs, body: optimizeBody(node.attrs.body, options) } } : node,
  );
  return { ...graph, nodes };
}

function optimizeBody(body: Graph, options: OptimizeOptions): Graph {
  let optimized = bodies.get(body);
  if (optimized === undefined) {
    optimized = optimize(body, options);
    bodies.set(body, optimized);
    // Optimizing again must neither cost time nor make another object.
    bodies.set(optimized, optimized);
  }
  return optimized;
}
