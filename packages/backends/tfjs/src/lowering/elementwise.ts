import type { TfTensor, Tfjs } from "../tfjs.js";
import type { ComputedOp, Lowering } from "./lowering.js";

type Unary = (tf: Tfjs, x: TfTensor) => TfTensor;
type Binary = (tf: Tfjs, x: TfTensor, y: TfTensor) => TfTensor;

const unary =
  <K extends ComputedOp>(f: Unary): Lowering<K> =>
  ({ tf }) =>
  ([x]) =>
    f(tf, x!);

const binary =
  <K extends ComputedOp>(f: Binary): Lowering<K> =>
  ({ tf }) =>
  ([x, y]) =>
    f(tf, x!, y!);

/** One rule for floats and one for integers, where TensorFlow.js means something else by the operation. */
const byType =
  <K extends "Div" | "Mod">(floats: Binary, integers: Binary): Lowering<K> =>
  ({ tf }, { output }) =>
  ([x, y]) =>
    (output.dtype === "int32" ? integers : floats)(tf, x!, y!);

/** Toward zero, as the language defines it; TensorFlow.js rounds down. */
const truncatedQuotient: Binary = (tf, x, y) => tf.mul(tf.floorDiv(tf.abs(x), tf.abs(y)), tf.mul(tf.sign(x), tf.sign(y)));

/** Sign of the dividend; TensorFlow.js gives the sign of the divisor. */
const truncatedRemainder: Binary = (tf, x, y) => tf.mul(tf.sign(x), tf.mod(tf.abs(x), tf.abs(y)));

const floorRemainder: Binary = (tf, x, y) => tf.sub(x, tf.mul(y, tf.floorDiv(x, y)));

const cast: Lowering<"Cast"> =
  ({ tf }, { types, output }) =>
  ([x]) => {
    if (output.dtype === types[0]!.dtype) return x!;
    // A cast to booleans copies bits on some devices.
    return output.dtype === "bool" ? tf.notEqual(x!, tf.scalar(0, types[0]!.dtype)) : tf.cast(x!, output.dtype);
  };

/** NaN wins; kernels written as `x < y ? y : x` let it win on the left only. */
const extremum =
  <K extends "Max" | "Min">(f: Binary): Lowering<K> =>
  ({ tf }, { output }) =>
    output.dtype === "float32" ? ([x, y]) => tf.where(tf.isNaN(y!), y!, f(tf, x!, y!)) : ([x, y]) => f(tf, x!, y!);

/** Kernels that choose know numbers only: (c and a) or (not c and b) says the same. */
const where: Lowering<"Where"> = ({ tf }, { output }) =>
  output.dtype === "bool"
    ? ([condition, a, b]) => tf.logicalOr(tf.logicalAnd(condition!, a!), tf.logicalAnd(tf.logicalNot(condition!), b!))
    : ([condition, a, b]) => tf.where(condition!, a!, b!);

export const elementwise = {
  Neg: unary<"Neg">((tf, x) => tf.neg(x)),
  Abs: unary<"Abs">((tf, x) => tf.abs(x)),
  Sign: unary<"Sign">((tf, x) => tf.sign(x)),
  Exp: unary<"Exp">((tf, x) => tf.exp(x)),
  Log: unary<"Log">((tf, x) => tf.log(x)),
  Sqrt: unary<"Sqrt">((tf, x) => tf.sqrt(x)),
  Sin: unary<"Sin">((tf, x) => tf.sin(x)),
  Cos: unary<"Cos">((tf, x) => tf.cos(x)),
  Tanh: unary<"Tanh">((tf, x) => tf.tanh(x)),
  Sigmoid: unary<"Sigmoid">((tf, x) => tf.sigmoid(x)),
  Erf: unary<"Erf">((tf, x) => tf.erf(x)),
  Floor: unary<"Floor">((tf, x) => tf.floor(x)),
  Ceil: unary<"Ceil">((tf, x) => tf.ceil(x)),
  Round: unary<"Round">((tf, x) => tf.round(x)),
  Not: unary<"Not">((tf, x) => tf.logicalNot(x)),
  Cast: cast,
  Add: binary<"Add">((tf, x, y) => tf.add(x, y)),
  Sub: binary<"Sub">((tf, x, y) => tf.sub(x, y)),
  Mul: binary<"Mul">((tf, x, y) => tf.mul(x, y)),
  Div: byType<"Div">((tf, x, y) => tf.div(x, y), truncatedQuotient),
  Pow: binary<"Pow">((tf, x, y) => tf.pow(x, y)),
  Max: extremum<"Max">((tf, x, y) => tf.maximum(x, y)),
  Min: extremum<"Min">((tf, x, y) => tf.minimum(x, y)),
  Mod: byType<"Mod">(truncatedRemainder, floorRemainder),
  Equal: binary<"Equal">((tf, x, y) => tf.equal(x, y)),
  Less: binary<"Less">((tf, x, y) => tf.less(x, y)),
  LessOrEqual: binary<"LessOrEqual">((tf, x, y) => tf.lessEqual(x, y)),
  Greater: binary<"Greater">((tf, x, y) => tf.greater(x, y)),
  GreaterOrEqual: binary<"GreaterOrEqual">((tf, x, y) => tf.greaterEqual(x, y)),
  And: binary<"And">((tf, x, y) => tf.logicalAnd(x, y)),
  Or: binary<"Or">((tf, x, y) => tf.logicalOr(x, y)),
  Where: where,
};
