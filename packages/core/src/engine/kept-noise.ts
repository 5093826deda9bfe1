import { equalShapes, type Aval, type GraphBuilder, type Tensor } from "@leader/graph";
import type { FreshNoise } from "../contract/baseline.js";
import { valueName } from "./value-names.js";

/** Whitened noise is mostly a draw over a number; kept as the two, it costs no image of its own. */
export function freshNoiseResults({ whitened, total }: FreshNoise): (readonly [string, Tensor])[] {
  const { base, factor } = scaledTensor(whitened);
  return [
    [valueName("freshNoise", "draw"), base],
    [valueName("freshNoise", "factor"), factor],
    [valueName("freshNoise", "total"), total],
  ];
}

export function freshNoiseInputs(builder: GraphBuilder, image: Aval): FreshNoise {
  const draw = builder.param(valueName("freshNoise", "draw"), image);
  const factor = builder.param(valueName("freshNoise", "factor"), { shape: [], dtype: "float32" });
  return { whitened: draw.mul(factor), total: builder.param(valueName("freshNoise", "total"), image) };
}

/** The tensor as base times a scalar factor: its last operation taken apart if that is one, else with factor 1. */
function scaledTensor(x: Tensor): { readonly base: Tensor; readonly factor: Tensor } {
  const one = x.trace.scalar(1, "float32");
  const last = x.trace.since(0).find(({ output }) => output === x);
  const [base, by] = last?.inputs ?? [];
  if (base === undefined || by === undefined || !equalShapes(base.shape, x.shape) || by.rank !== 0) return { base: x, factor: one };
  if (last?.node.op === "Div") return { base, factor: one.div(by) };
  return last?.node.op === "Mul" ? { base, factor: by } : { base: x, factor: one };
}
