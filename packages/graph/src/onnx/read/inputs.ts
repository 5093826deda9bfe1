import type { GraphProto, ModelProto, ValueInfoProto } from "onnx-buf";
import { errors } from "../../error-codes.js";
import { dataTypeName, elementType, type ElementType } from "../element-type.js";

/** A size of a declared input or output: a number, a name that the file gives to an open size, or nothing known. */
export type Dimension = number | string | undefined;

/** A declared input or output of a file. */
export interface Declared {
  readonly name: string;
  readonly type: ElementType;
  /** Undefined if the file does not even state the rank. */
  readonly shape: readonly Dimension[] | undefined;
}

/** @throws ONNX_UNSUPPORTED for sequences, maps and element types that the reader has not. */
export function declared(info: ValueInfoProto, file: string): Declared {
  const type = info.type?.value;
  if (type?.case !== "tensorType")
    throw errors.ONNX_UNSUPPORTED({ file, problems: [`\`${info.name}\` is not a tensor (${type?.case ?? "no type"})`] });
  const element = elementType(type.value.elemType);
  if (element === undefined)
    throw errors.ONNX_UNSUPPORTED({ file, problems: [`\`${info.name}\` holds ${dataTypeName(type.value.elemType)}`] });
  const shape = type.value.shape?.dim.map(({ value }): Dimension => {
    if (value.case === "dimValue") return Number(value.value);
    return value.case === "dimParam" && value.value !== "" ? value.value : undefined;
  });
  return { name: info.name, type: element, shape };
}

/** Inputs that a caller feeds: old files also list their weights among the inputs. */
export function fedInputs(graph: GraphProto, file: string): readonly Declared[] {
  const weights = new Set(graph.initializer.map((tensor) => tensor.name));
  return graph.input.filter((info) => !weights.has(info.name)).map((info) => declared(info, file));
}

/** `[1, 3, height, ?]`: a declared shape for messages. */
export const formatDeclared = ({ type, shape }: Declared): string =>
  `${type}[${shape === undefined ? "..." : shape.map((n) => n ?? "?").join(",")}]`;

/**
 * The shapes of the inputs: as asked for where the file leaves them open, and checked against it.
 * @throws ONNX_INPUTS on unknown names, missing or contradicting sizes.
 */
export function resolveShapes(
  inputs: readonly Declared[],
  asked: Readonly<Record<string, readonly number[]>>,
  file: string,
): ReadonlyMap<string, readonly number[]> {
  const fail = (problem: string): never => {
    throw errors.ONNX_INPUTS({ file, problem });
  };
  const unknown = Object.keys(asked).find((name) => !inputs.some((input) => input.name === name));
  if (unknown !== undefined)
    fail(`there is no input \`${unknown}\`; the file has ${inputs.length === 0 ? "none" : inputs.map((i) => `\`${i.name}\``).join(", ")}`);
  const sizes = new Map<string, number>();
  return new Map(
    inputs.map((input) => [input.name, resolve(input, Object.hasOwn(asked, input.name) ? asked[input.name] : undefined, sizes, fail)]),
  );
}

function resolve(
  input: Declared,
  asked: readonly number[] | undefined,
  sizes: Map<string, number>,
  fail: (problem: string) => never,
): readonly number[] {
  const shape = asked ?? input.shape;
  if (shape === undefined || !shape.every((n) => typeof n === "number"))
    return fail(`input \`${input.name}\` is ${formatDeclared(input)}: its shape must be given`);
  if (shape.some((n) => !Number.isSafeInteger(n) || n < 0))
    return fail(`input \`${input.name}\` cannot have the shape [${shape.join(",")}]`);
  const fits =
    input.shape === undefined ||
    (input.shape.length === shape.length && input.shape.every((n, i) => typeof n !== "number" || n === shape[i]));
  if (!fits) return fail(`input \`${input.name}\` is ${formatDeclared(input)}, which [${shape.join(",")}] does not fit`);
  input.shape?.forEach((name, i) => {
    if (typeof name !== "string") return;
    const known = sizes.get(name) ?? shape[i]!;
    if (known !== shape[i]) fail(`the open size \`${name}\` is ${known} in one input and ${shape[i]!} in \`${input.name}\``);
    sizes.set(name, known);
  });
  return shape;
}

/** Versions of the standard whose operations the reader knows. */
const OLDEST_OPSET = 6;
const NEWEST_OPSET = 28;

/** @throws ONNX_UNSUPPORTED outside the versions that the reader knows, or if none is stated. */
export function opsetOf(imports: ModelProto["opsetImport"], file: string): number {
  const stated = imports.find(({ domain }) => domain === "" || domain === "ai.onnx");
  if (stated === undefined) throw errors.ONNX_UNSUPPORTED({ file, problems: ["a file that states no version of the standard operations"] });
  const version = Number(stated.version);
  if (version < OLDEST_OPSET || version > NEWEST_OPSET) {
    throw errors.ONNX_UNSUPPORTED({ file, problems: [`opset ${version} (the reader knows ${OLDEST_OPSET} to ${NEWEST_OPSET})`] });
  }
  return version;
}
