import type { GraphProto, TensorProto } from "onnx-buf";
import type { DType } from "../../values.js";
import { Tensor } from "../../ir/tensor.js";
import type { GraphBuilder } from "../../ir/trace.js";
import { toNumbers, type Constant } from "../constant.js";
import { graphType } from "../element-type.js";
import { NodeProblem, type Attributes } from "./attributes.js";

/** A value of the file: known while reading, or computed by the graph that is being made. */
export type Value = Constant | Tensor;

export const isConstant = (value: Value): value is Constant => !(value instanceof Tensor);

/** The type of a value in the graph language. */
export const dtypeOf = (value: Value): DType => (isConstant(value) ? graphType(value.type) : value.dtype);

/** What the reader offers to the rule of one operation. */
export interface ReaderServices {
  readonly builder: GraphBuilder;
  /** The constant as a tensor of the graph being made; the same tensor for the same constant. */
  lift(value: Constant): Tensor;
  /** True if an array of this size may be computed while reading; it is then counted against the limit. */
  mayFold(size: number): boolean;
  /** Reads a graph inside an attribute, in the scope of the node. */
  subgraph(graph: GraphProto): readonly Value[];
  /** An array inside an attribute. */
  constant(proto: TensorProto): Constant;
}

/** One node of the file while it is read: its operands, attributes and version. */
export class NodeContext {
  constructor(
    readonly op: string,
    readonly opset: number,
    readonly attrs: Attributes,
    readonly inputs: readonly (Value | undefined)[],
    /** Names of the outputs; empty where an output is not used. */
    readonly outputs: readonly string[],
    readonly services: ReaderServices,
  ) {}

  get builder(): GraphBuilder {
    return this.services.builder;
  }

  has(index: number): boolean {
    return this.inputs[index] !== undefined;
  }

  input(index: number): Value {
    const value = this.inputs[index];
    if (value === undefined) throw this.invalid(`operand ${index} is missing`);
    return value;
  }

  tensor(index: number): Tensor {
    return this.lift(this.input(index));
  }

  optionalTensor(index: number): Tensor | undefined {
    const value = this.inputs[index];
    return value === undefined ? undefined : this.lift(value);
  }

  /** Every operand as a tensor; at least one. */
  tensors(): readonly [Tensor, ...Tensor[]] {
    return [this.tensor(0), ...this.inputs.slice(1).map((_, i) => this.tensor(i + 1))];
  }

  /** An operand that the graph's shape depends on; `role` names it in the error. */
  constant(index: number, role: string): Constant {
    const value = this.input(index);
    if (isConstant(value)) return value;
    throw this.unsupported(`${role} (operand ${index}) depends on the input's values; only shapes known while reading are possible`);
  }

  ints(index: number, role: string): readonly number[] {
    return toNumbers(this.constant(index, role));
  }

  /** One number; an array of one element counts. */
  number(index: number, role: string): number {
    const values = this.ints(index, role);
    if (values.length !== 1) throw this.invalid(`${role} (operand ${index}) should be one number, but holds ${values.length}`);
    return values[0]!;
  }

  lift(value: Value): Tensor {
    return isConstant(value) ? this.services.lift(value) : value;
  }

  scalar(value: number, dtype: DType): Tensor {
    return this.builder.scalar(value, dtype);
  }

  /** A text that must be one of a few. */
  choice<T extends string>(name: string, choices: readonly T[], fallback: T): T {
    const written = this.attrs.string(name, fallback);
    const found = choices.find((one) => one === written);
    if (found === undefined) throw this.unsupported(`${name} ${written}`);
    return found;
  }

  invalid(problem: string): NodeProblem {
    return new NodeProblem("invalid", problem);
  }

  unsupported(problem: string): NodeProblem {
    return new NodeProblem("unsupported", problem);
  }
}

/** How an operation of the file becomes operations of the graph language. */
export interface OpRule {
  build(node: NodeContext): Value | readonly (Value | undefined)[];
  /** True for operations that do so much work that they are left to the backend even if all operands are known. */
  readonly heavy?: true;
}

export type OpRules = Readonly<Record<string, OpRule>>;

/** A rule from its function alone. */
export const rule = (build: OpRule["build"]): OpRule => ({ build });

/** A rule that is never computed while reading. */
export const heavy = (build: OpRule["build"]): OpRule => ({ build, heavy: true });
