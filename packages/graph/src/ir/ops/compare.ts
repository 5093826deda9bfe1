import type { DType } from "../../values.js";
import type { OpDef } from "../op-def.js";
import type { OpName } from "../op-attrs.js";
import { broadcastShapes } from "../shape.js";
import { broadcastData } from "./broadcast.js";
import { expectOperands, expectSameType, expectTypes } from "./check.js";
import { allocate } from "./data.js";

function predicate<K extends OpName>(op: K, dtypes: readonly DType[], f: (x: number, y: number) => boolean): OpDef<K> {
  return {
    infer: (inputs) => {
      expectOperands(op, inputs, 2);
      expectTypes(op, inputs, dtypes);
      expectSameType(op, inputs);
      return { shape: broadcastShapes(op, inputs[0]!.shape, inputs[1]!.shape), dtype: "bool" };
    },
    evaluate: ([a, b], _, output) => {
      const x = broadcastData(a!, output.shape);
      const y = broadcastData(b!, output.shape);
      const result = allocate(output);
      for (let i = 0; i < result.length; i++) result[i] = f(x[i]!, y[i]!) ? 1 : 0;
      return result;
    },
    vjp: "none",
  };
}

const numeric: readonly DType[] = ["float32", "int32"];
const logical: readonly DType[] = ["bool"];

export const compare = {
  Equal: predicate("Equal", ["float32", "int32", "bool"], (x, y) => x === y),
  Less: predicate("Less", numeric, (x, y) => x < y),
  LessOrEqual: predicate("LessOrEqual", numeric, (x, y) => x <= y),
  Greater: predicate("Greater", numeric, (x, y) => x > y),
  GreaterOrEqual: predicate("GreaterOrEqual", numeric, (x, y) => x >= y),
  And: predicate("And", logical, (x, y) => x !== 0 && y !== 0),
  Or: predicate("Or", logical, (x, y) => x !== 0 || y !== 0),
  Not: {
    infer: (inputs) => {
      expectOperands("Not", inputs, 1);
      expectTypes("Not", inputs, logical);
      return { shape: inputs[0]!.shape, dtype: "bool" };
    },
    evaluate: ([x]) => Uint8Array.from(x!.data, (v) => (v === 0 ? 1 : 0)),
    vjp: "none",
  } satisfies OpDef<"Not">,
};
