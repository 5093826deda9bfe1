import { dataTypeOf } from "../proto.js";
import { same, type Lowering } from "./lowering.js";

/** ONNX's Where has no boolean kernels in the common runtimes: (c and a) or (not c and b) says the same. */
const where: Lowering<"Where"> = (writer, { inputs, output }) => {
  if (output.dtype !== "bool") return writer.node("Where", inputs);
  const [condition, a, b] = [inputs[0]!, inputs[1]!, inputs[2]!];
  const chosen = writer.node("And", [condition, a]);
  const other = writer.node("And", [writer.node("Not", [condition]), b]);
  return writer.node("Or", [chosen, other]);
};

export const elementwise = {
  Neg: same("Neg"),
  Abs: same("Abs"),
  Sign: same("Sign"),
  Exp: same("Exp"),
  Log: same("Log"),
  Sqrt: same("Sqrt"),
  Sin: same("Sin"),
  Cos: same("Cos"),
  Tanh: same("Tanh"),
  Sigmoid: same("Sigmoid"),
  Erf: same("Erf"),
  Floor: same("Floor"),
  Ceil: same("Ceil"),
  Round: same("Round"),
  Not: same("Not"),
  Cast: ((writer, { inputs, attrs }) => writer.node("Cast", inputs, { to: { int: dataTypeOf(attrs.to) } })) satisfies Lowering<"Cast">,
  Add: same("Add"),
  Sub: same("Sub"),
  Mul: same("Mul"),
  Div: same("Div"),
  Pow: same("Pow"),
  Max: same("Max"),
  Min: same("Min"),
  // Integers keep ONNX's default, the sign of the divisor; ONNX requires fmod for floats.
  Mod: ((writer, { inputs, output }) =>
    writer.node("Mod", inputs, output.dtype === "float32" ? { fmod: { int: 1 } } : {})) satisfies Lowering<"Mod">,
  Equal: same("Equal"),
  Less: same("Less"),
  LessOrEqual: same("LessOrEqual"),
  Greater: same("Greater"),
  GreaterOrEqual: same("GreaterOrEqual"),
  And: same("And"),
  Or: same("Or"),
  Where: where,
};
