import type { Aval, DType } from "../../values.js";
import type { OpDef, ReferenceValue, VjpArguments } from "../op-def.js";
import type { OpName } from "../op-attrs.js";
import { broadcastShapes } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { broadcastData, sumToShape } from "./broadcast.js";
import { expectOperands, expectSameType, expectTypes } from "./check.js";
import { allocate } from "./data.js";
import { erf } from "./erf.js";

/** What the derivative of an op without attributes may use. */
type PlainArguments = Pick<VjpArguments<OpName>, "cotangent" | "inputs" | "output" | "wanted">;

const floating: readonly DType[] = ["float32"];
const numeric: readonly DType[] = ["float32", "int32"];

function inferUnary(op: OpName, inputs: readonly Aval[], dtypes: readonly DType[]): Aval {
  expectOperands(op, inputs, 1);
  expectTypes(op, inputs, dtypes);
  return { shape: inputs[0]!.shape, dtype: inputs[0]!.dtype };
}

function evaluateUnary(x: ReferenceValue, output: Aval, f: (x: number) => number): ReferenceValue["data"] {
  const result = allocate(output);
  for (let i = 0; i < result.length; i++) result[i] = f(x.data[i]!);
  return result;
}

interface UnaryRule {
  readonly dtypes: readonly DType[];
  readonly f: (x: number) => number;
  /** Cotangent of the operand. */
  readonly vjp: ((args: PlainArguments, x: Tensor) => Tensor) | "none";
}

function unary<K extends OpName>(op: K, { dtypes, f, vjp }: UnaryRule): OpDef<K> {
  return {
    infer: (inputs) => inferUnary(op, inputs, dtypes),
    evaluate: ([x], _, output) => evaluateUnary(x!, output, f),
    vjp: vjp === "none" ? "none" : (args) => [vjp(args, args.inputs[0]!)],
  };
}

interface BinaryRule {
  readonly dtypes: readonly DType[];
  readonly f: (x: number, y: number) => number;
  /** Where int32 arithmetic is not the float one stored in 32 bits. */
  readonly integer?: (x: number, y: number) => number;
  /** Cotangents before broadcasting is undone; each is asked for only if wanted. */
  readonly vjp: readonly [BinaryCotangent, BinaryCotangent];
}
type BinaryCotangent = (args: PlainArguments, x: Tensor, y: Tensor) => Tensor;

/** An operand broadcast to a shape, to be read at `i * step`: a single number is not repeated in memory. */
function repeated(x: ReferenceValue, shape: readonly number[]): { readonly data: ReferenceValue["data"]; readonly step: 0 | 1 } {
  return x.data.length === 1 ? { data: x.data, step: 0 } : { data: broadcastData(x, shape), step: 1 };
}

function binary<K extends OpName>(op: K, rule: BinaryRule): OpDef<K> {
  return {
    infer: (inputs) => {
      expectOperands(op, inputs, 2);
      expectTypes(op, inputs, rule.dtypes);
      expectSameType(op, inputs);
      return { shape: broadcastShapes(op, inputs[0]!.shape, inputs[1]!.shape), dtype: inputs[0]!.dtype };
    },
    evaluate: ([a, b], _, output) => {
      const [x, y] = [repeated(a!, output.shape), repeated(b!, output.shape)];
      const f = output.dtype === "int32" ? (rule.integer ?? rule.f) : rule.f;
      const result = allocate(output);
      for (let i = 0; i < result.length; i++) result[i] = f(x.data[i * x.step]!, y.data[i * y.step]!);
      return result;
    },
    vjp: (args) => binaryVjp(rule, args),
  };
}

/** Each cotangent is made only if wanted, then summed to the shape of its operand. */
function binaryVjp(rule: BinaryRule, args: PlainArguments): readonly (Tensor | undefined)[] {
  const [x, y] = [args.inputs[0]!, args.inputs[1]!];
  return [x, y].map((operand, i) => (args.wanted[i] === true ? sumToShape(rule.vjp[i]!(args, x, y), operand.shape) : undefined));
}

/** Rounds half to even, as IEEE 754 does. */
function roundHalfToEven(x: number): number {
  const rounded = Math.round(x);
  return Math.abs(x % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

const sigmoid = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));

export const elementwise = {
  Neg: unary("Neg", { dtypes: numeric, f: (x) => -x, vjp: ({ cotangent }) => cotangent.neg() }),
  Abs: unary("Abs", { dtypes: numeric, f: Math.abs, vjp: ({ cotangent }, x) => cotangent.mul(x.sign()) }),
  Sign: unary("Sign", { dtypes: numeric, f: Math.sign, vjp: "none" }),
  Exp: unary("Exp", { dtypes: floating, f: Math.exp, vjp: ({ cotangent, output }) => cotangent.mul(output) }),
  Log: unary("Log", { dtypes: floating, f: Math.log, vjp: ({ cotangent }, x) => cotangent.div(x) }),
  Sqrt: unary("Sqrt", { dtypes: floating, f: Math.sqrt, vjp: ({ cotangent, output }) => cotangent.mul(0.5).div(output) }),
  Sin: unary("Sin", { dtypes: floating, f: Math.sin, vjp: ({ cotangent }, x) => cotangent.mul(x.cos()) }),
  Cos: unary("Cos", { dtypes: floating, f: Math.cos, vjp: ({ cotangent }, x) => cotangent.mul(x.sin()).neg() }),
  // d tanh = 1 - tanh^2
  Tanh: unary("Tanh", { dtypes: floating, f: Math.tanh, vjp: ({ cotangent, output }) => cotangent.mul(output.square().neg().add(1)) }),
  // d sigmoid = sigmoid (1 - sigmoid)
  Sigmoid: unary("Sigmoid", {
    dtypes: floating,
    f: sigmoid,
    vjp: ({ cotangent, output }) => cotangent.mul(output).mul(output.neg().add(1)),
  }),
  // d erf = 2 / sqrt(pi) exp(-x^2)
  Erf: unary("Erf", {
    dtypes: floating,
    f: erf,
    vjp: ({ cotangent }, x) => cotangent.mul(x.square().neg().exp()).mul(2 / Math.sqrt(Math.PI)),
  }),
  Floor: unary("Floor", { dtypes: floating, f: Math.floor, vjp: "none" }),
  Ceil: unary("Ceil", { dtypes: floating, f: Math.ceil, vjp: "none" }),
  Round: unary("Round", { dtypes: floating, f: roundHalfToEven, vjp: "none" }),

  Add: binary("Add", { dtypes: numeric, f: (x, y) => x + y, vjp: [({ cotangent }) => cotangent, ({ cotangent }) => cotangent] }),
  Sub: binary("Sub", { dtypes: numeric, f: (x, y) => x - y, vjp: [({ cotangent }) => cotangent, ({ cotangent }) => cotangent.neg()] }),
  Mul: binary("Mul", {
    dtypes: numeric,
    f: (x, y) => x * y,
    integer: Math.imul,
    vjp: [({ cotangent }, _, y) => cotangent.mul(y), ({ cotangent }, x) => cotangent.mul(x)],
  }),
  Div: binary("Div", {
    dtypes: numeric,
    f: (x, y) => x / y,
    integer: (x, y) => Math.trunc(x / y),
    vjp: [({ cotangent }, _, y) => cotangent.div(y), ({ cotangent, output }, _, y) => cotangent.mul(output).div(y).neg()],
  }),
  Pow: binary("Pow", {
    dtypes: floating,
    f: Math.pow,
    vjp: [
      // y x^(y-1); where y = 0 the power is constant, even at x = 0 where x^-1 is infinite.
      ({ cotangent }, x, y) => cotangent.mul(y.equal(0).where(0, y.mul(x.pow(y.sub(1))))),
      // x^y ln x; the power is not a real function of y for x < 0, and constant (0) for x = 0.
      ({ cotangent, output }, x) => cotangent.mul(output).mul(x.greater(0).where(x, 1).log()),
    ],
  }),
  // At a tie the whole cotangent goes to the first operand, so that x.clip(low, high) passes it at both bounds.
  Max: binary("Max", {
    dtypes: numeric,
    f: Math.max,
    vjp: [
      ({ cotangent }, x, y) => x.greaterOrEqual(y).where(cotangent, 0),
      ({ cotangent }, x, y) => x.greaterOrEqual(y).where(0, cotangent),
    ],
  }),
  Min: binary("Min", {
    dtypes: numeric,
    f: Math.min,
    vjp: [({ cotangent }, x, y) => x.lessOrEqual(y).where(cotangent, 0), ({ cotangent }, x, y) => x.lessOrEqual(y).where(0, cotangent)],
  }),
  // Float remainder: x - y trunc(x / y), where trunc(q) = sign(q) floor(|q|) is locally constant.
  Mod: binary("Mod", {
    dtypes: numeric,
    f: (x, y) => x % y,
    integer: (x, y) => x - y * Math.floor(x / y),
    vjp: [
      ({ cotangent }) => cotangent,
      ({ cotangent }, x, y) => {
        const quotient = x.div(y);
        return cotangent.mul(quotient.sign().mul(quotient.abs().floor())).neg();
      },
    ],
  }),

  Cast: {
    infer: (inputs, { to }) => ({ ...inferUnary("Cast", inputs, ["float32", "int32", "bool"]), dtype: to }),
    evaluate: ([x], { to }, output) => evaluateUnary(x!, output, to === "bool" ? (v) => (v !== 0 ? 1 : 0) : (v) => v),
    vjp: ({ cotangent, inputs, attrs }) => [inputs[0]!.dtype === "float32" && attrs.to === "float32" ? cotangent : undefined],
  } satisfies OpDef<"Cast">,

  Where: {
    infer: (inputs) => {
      expectOperands("Where", inputs, 3);
      const [condition, a, b] = [inputs[0]!, inputs[1]!, inputs[2]!];
      expectTypes("Where", [condition], ["bool"]);
      expectSameType("Where", [a, b]);
      return { shape: broadcastShapes("Where", condition.shape, a.shape, b.shape), dtype: a.dtype };
    },
    evaluate: ([condition, a, b], _, output) => {
      const choice = broadcastData(condition!, output.shape);
      const x = broadcastData(a!, output.shape);
      const y = broadcastData(b!, output.shape);
      const result = allocate(output);
      for (let i = 0; i < result.length; i++) result[i] = choice[i] !== 0 ? x[i]! : y[i]!;
      return result;
    },
    vjp: ({ cotangent, inputs, wanted }) => {
      const [condition, a, b] = [inputs[0]!, inputs[1]!, inputs[2]!];
      return [
        undefined,
        wanted[1] === true ? sumToShape(condition.where(cotangent, 0), a.shape) : undefined,
        wanted[2] === true ? sumToShape(condition.where(0, cotangent), b.shape) : undefined,
      ];
    },
  } satisfies OpDef<"Where">,
};
