import type { Aval, GraphBuilder, Tensor } from "@leader/graph";
import type { FreshNoise } from "../contract/baseline.js";
import { scaledTensor } from "../formulas/scaled-tensor.js";
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
