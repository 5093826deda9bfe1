/** Arithmetic, comparison, logic and rounding, element by element. */
import type { Tensor } from "../../../ir/tensor.js";
import { castConstant, integerBinary, isInteger, selectConstant } from "../integer.js";
import { reshape } from "../movement.js";
import { dtypeOf, isConstant, rule, type NodeContext, type OpRule, type OpRules, type Value } from "../node-context.js";

const unary = (f: (x: Tensor, node: NodeContext) => Tensor): OpRule => rule((node) => f(node.tensor(0), node));

type BinaryName = "Add" | "Sub" | "Mul" | "Div" | "Max" | "Min" | "Equal" | "Less" | "LessOrEqual" | "Greater" | "GreaterOrEqual";

const traced: Readonly<Record<BinaryName, (x: Tensor, y: Tensor) => Tensor>> = {
  Add: (x, y) => x.add(y),
  Sub: (x, y) => x.sub(y),
  Mul: (x, y) => x.mul(y),
  Div: (x, y) => x.div(y),
  Max: (x, y) => x.maximum(y),
  Min: (x, y) => x.minimum(y),
  Equal: (x, y) => x.equal(y),
  Less: (x, y) => x.less(y),
  LessOrEqual: (x, y) => x.lessOrEqual(y),
  Greater: (x, y) => x.greater(y),
  GreaterOrEqual: (x, y) => x.greaterOrEqual(y),
};

/** One binary operation on values that may be integer constants, which are computed exactly. */
export function binaryValue(node: NodeContext, op: BinaryName, a: Value, b: Value): Value {
  const exact = isConstant(a) && isConstant(b) && isInteger(a) && isInteger(b) ? integerBinary(op, a, b) : undefined;
  return exact ?? traced[op](node.lift(a), node.lift(b));
}

const binary = (op: BinaryName): OpRule => rule((node) => binaryValue(node, op, node.input(0), secondOperand(node)));

/** Before opset 7 an attribute said from which axis on the second operand's axes count; later they end with the first's. */
function secondOperand(node: NodeContext): Value {
  const [a, b] = [node.input(0), node.input(1)];
  if (node.opset >= 7 || !node.attrs.has("axis")) return b;
  const axis = node.attrs.int("axis", 0);
  const behind = a.shape.length - (axis < 0 ? axis + a.shape.length : axis) - b.shape.length;
  if (behind < 0) throw node.invalid(`[${b.shape.join(",")}] does not fit [${a.shape.join(",")}] from axis ${axis} on`);
  return reshape(node, b, [...b.shape, ...new Array<number>(behind).fill(1)]);
}

const variadic = (op: "Add" | "Max" | "Min"): OpRule =>
  rule((node) => node.inputs.slice(1).reduce((sum: Value, _, i) => binaryValue(node, op, sum, node.input(i + 1)), node.input(0)));

function mean(node: NodeContext): Tensor {
  const [first, ...rest] = node.tensors();
  return rest.reduce((sum, x) => sum.add(x), first).div(node.inputs.length);
}

function mod(node: NodeContext): Value {
  const [a, b] = [node.input(0), node.input(1)];
  const fmod = node.attrs.flag("fmod");
  const exact = !fmod && isConstant(a) && isConstant(b) && isInteger(a) && isInteger(b) ? integerBinary("Mod", a, b) : undefined;
  if (exact !== undefined) return exact;
  const [x, y] = [node.tensor(0), node.tensor(1)];
  if (!fmod || x.dtype === "float32") {
    if (!fmod && x.dtype === "float32") throw node.invalid("fmod must be 1 for floats");
    return x.mod(y);
  }
  return x.cast("float32").mod(y.cast("float32")).cast("int32");
}

/** x^y in the type of x; integer powers of small integers are exact in float32. */
function power(node: NodeContext): Tensor {
  const [x, y] = [node.tensor(0), node.tensor(1)];
  const exponent = node.inputs[1];
  // Squares are frequent (norms, variances) and must have a derivative at negative x on every backend.
  if (
    exponent !== undefined &&
    isConstant(exponent) &&
    exponent.data.length === 1 &&
    exponent.shape.length <= x.rank &&
    Number(exponent.data[0]) === 2
  )
    return x.square();
  const result = x.cast("float32").pow(y.cast("float32"));
  return x.dtype === "int32" ? result.round().cast("int32") : result;
}

function where(node: NodeContext): Value {
  const [condition, a, b] = [node.input(0), node.input(1), node.input(2)];
  if (isConstant(condition) && isConstant(a) && isConstant(b) && a.type === b.type) return selectConstant(condition, a, b);
  return node.lift(condition).where(node.lift(a), node.lift(b));
}

function negate(node: NodeContext): Value {
  const x = node.input(0);
  return (
    (isConstant(x) && isInteger(x)
      ? integerBinary("Sub", castConstant({ shape: [], type: "int32", data: Int32Array.of(0) }, x.type), x)
      : undefined) ?? node.tensor(0).neg()
  );
}

function clip(node: NodeContext): Tensor {
  const x = node.tensor(0);
  const bound = (index: number, name: string): Tensor | undefined =>
    node.opset < 11
      ? node.attrs.has(name)
        ? node.scalar(node.attrs.float(name, 0), x.dtype)
        : undefined
      : node.optionalTensor(index)?.reshape([]);
  const [low, high] = [bound(1, "min"), bound(2, "max")];
  const raised = low === undefined ? x : x.maximum(low);
  return high === undefined ? raised : raised.minimum(high);
}

const xor = (a: Tensor, b: Tensor): Tensor => a.or(b).and(a.and(b).not());

/** Logic on booleans whatever their type; comparison of booleans through integers where the language has none. */
function equal(node: NodeContext): Value {
  return dtypeOf(node.input(0)) === "bool"
    ? node.tensor(0).equal(node.tensor(1))
    : binaryValue(node, "Equal", node.input(0), node.input(1));
}

/** ONNX rounds integers to themselves. */
const onFloats = (f: (x: Tensor) => Tensor): OpRule => unary((x) => (x.dtype === "float32" ? f(x) : x));

function isInfinite(node: NodeContext): Tensor {
  const x = node.tensor(0);
  const positive = x.equal(Infinity);
  const negative = x.equal(-Infinity);
  if (!node.attrs.flag("detect_positive", true)) return node.attrs.flag("detect_negative", true) ? negative : x.less(x);
  return node.attrs.flag("detect_negative", true) ? positive.or(negative) : positive;
}

export const elementwise: OpRules = {
  Abs: unary((x) => x.abs()),
  Sign: unary((x) => x.sign()),
  Exp: unary((x) => x.exp()),
  Log: unary((x) => x.log()),
  Sqrt: unary((x) => x.sqrt()),
  Reciprocal: unary((x, node) => node.scalar(1, "float32").div(x)),
  Sin: unary((x) => x.sin()),
  Cos: unary((x) => x.cos()),
  Tan: unary((x) => x.sin().div(x.cos())),
  Sinh: unary((x) => x.exp().sub(x.neg().exp()).mul(0.5)),
  Cosh: unary((x) => x.exp().add(x.neg().exp()).mul(0.5)),
  Asinh: unary((x) => x.sign().mul(x.abs().add(x.square().add(1).sqrt()).log())),
  Acosh: unary((x) => x.add(x.square().sub(1).sqrt()).log()),
  Atanh: unary((x) => x.add(1).div(x.neg().add(1)).log().mul(0.5)),
  Erf: unary((x) => x.erf()),
  Floor: onFloats((x) => x.floor()),
  Ceil: onFloats((x) => x.ceil()),
  Round: onFloats((x) => x.round()),
  Neg: rule(negate),
  Not: unary((x) => x.not()),
  IsNaN: unary((x) => x.equal(x).not()),
  IsInf: rule(isInfinite),

  Add: binary("Add"),
  Sub: binary("Sub"),
  Mul: binary("Mul"),
  Div: binary("Div"),
  Mod: rule(mod),
  Pow: rule(power),
  Max: variadic("Max"),
  Min: variadic("Min"),
  Sum: variadic("Add"),
  Mean: rule(mean),
  Equal: rule(equal),
  Less: binary("Less"),
  LessOrEqual: binary("LessOrEqual"),
  Greater: binary("Greater"),
  GreaterOrEqual: binary("GreaterOrEqual"),
  And: rule((node) => node.tensor(0).and(node.tensor(1))),
  Or: rule((node) => node.tensor(0).or(node.tensor(1))),
  Xor: rule((node) => xor(node.tensor(0), node.tensor(1))),
  Where: rule(where),
  Clip: rule(clip),
};
