import { errors } from "../error-codes.js";
import type { Aval, DType, HostTensor } from "../values.js";
import { formatAval } from "./format.js";
import type { Node } from "./graph.js";
import { convDefaults } from "./conv-defaults.js";
import type { ConvAttrs, OpAttrs, OpName, PlainOp, ResizeAttrs } from "./op-attrs.js";
import { equalShapes, normalizeAxes, normalizeAxis } from "./shape.js";

/** What a tensor needs from the trace that owns it. */
export interface Emitter {
  emit<K extends OpName>(op: K, inputs: readonly Tensor[], attrs: OpAttrs[K]): Tensor;
  constant(value: HostTensor): Tensor;
  /** A constant of one element. */
  scalar(value: number, dtype: DType): Tensor;
  /** Runs `body` with its operations labelled as coming from `scope`; nested scopes join with a slash, an empty one adds nothing. */
  within<T>(scope: string, body: () => T): T;
  /** A mark for `since`: how many operations are recorded so far. */
  mark(): number;
  /** The operations recorded after a mark, scopes relative to the current one: what differentiating a part of a trace needs. */
  since(mark: number): readonly EmittedNode[];
}

/** A node of a trace in the making, with the tensors that it reads and makes. */
export interface EmittedNode {
  readonly node: Node;
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
}

/** A tensor or a number that takes the tensor's element type. */
export type Operand = Tensor | number;

interface ReduceOptions {
  /** Keep the reduced axes with size 1. Default false. */
  readonly keepDims?: boolean;
}

/**
 * A symbolic value inside a trace: it costs nothing, holds no memory, and must not leave its trace.
 * Methods are the op table; two operands broadcast as in NumPy. Axes may be negative.
 */
export class Tensor implements Aval {
  readonly shape: readonly number[];
  readonly dtype: DType;

  constructor(
    /** The trace this tensor belongs to. */
    readonly trace: Emitter,
    /** Number of the value within its trace. */
    readonly id: number,
    aval: Aval,
  ) {
    this.shape = aval.shape;
    this.dtype = aval.dtype;
  }

  get rank(): number {
    return this.shape.length;
  }
  get size(): number {
    return this.shape.reduce((a, b) => a * b, 1);
  }

  // Elementwise, one operand
  neg(): Tensor {
    return this.#unary("Neg");
  }
  abs(): Tensor {
    return this.#unary("Abs");
  }
  sign(): Tensor {
    return this.#unary("Sign");
  }
  exp(): Tensor {
    return this.#unary("Exp");
  }
  log(): Tensor {
    return this.#unary("Log");
  }
  sqrt(): Tensor {
    return this.#unary("Sqrt");
  }
  sin(): Tensor {
    return this.#unary("Sin");
  }
  cos(): Tensor {
    return this.#unary("Cos");
  }
  tanh(): Tensor {
    return this.#unary("Tanh");
  }
  sigmoid(): Tensor {
    return this.#unary("Sigmoid");
  }
  erf(): Tensor {
    return this.#unary("Erf");
  }
  floor(): Tensor {
    return this.#unary("Floor");
  }
  ceil(): Tensor {
    return this.#unary("Ceil");
  }
  /** Rounds half to even. */
  round(): Tensor {
    return this.#unary("Round");
  }
  not(): Tensor {
    return this.#unary("Not");
  }
  cast(to: DType): Tensor {
    return to === this.dtype ? this : this.trace.emit("Cast", [this], { to });
  }
  square(): Tensor {
    return this.mul(this);
  }

  // Elementwise, two operands
  add(y: Operand): Tensor {
    return this.#binary("Add", y);
  }
  sub(y: Operand): Tensor {
    return this.#binary("Sub", y);
  }
  mul(y: Operand): Tensor {
    return this.#binary("Mul", y);
  }
  div(y: Operand): Tensor {
    return this.#binary("Div", y);
  }
  pow(y: Operand): Tensor {
    return this.#binary("Pow", y);
  }
  maximum(y: Operand): Tensor {
    return this.#binary("Max", y);
  }
  minimum(y: Operand): Tensor {
    return this.#binary("Min", y);
  }
  mod(y: Operand): Tensor {
    return this.#binary("Mod", y);
  }
  equal(y: Operand): Tensor {
    return this.#binary("Equal", y);
  }
  less(y: Operand): Tensor {
    return this.#binary("Less", y);
  }
  lessOrEqual(y: Operand): Tensor {
    return this.#binary("LessOrEqual", y);
  }
  greater(y: Operand): Tensor {
    return this.#binary("Greater", y);
  }
  greaterOrEqual(y: Operand): Tensor {
    return this.#binary("GreaterOrEqual", y);
  }
  and(y: Tensor): Tensor {
    return this.#binary("And", y);
  }
  or(y: Tensor): Tensor {
    return this.#binary("Or", y);
  }
  /** `this` is the condition: `a` where it is true, `b` elsewhere. At least one of the two is a tensor. */
  where(a: Operand, b: Operand): Tensor {
    const like = typeof a === "number" ? b : a;
    const dtype = typeof like === "number" ? "float32" : like.dtype;
    return this.trace.emit("Where", [this, this.#operand(a, dtype), this.#operand(b, dtype)], {});
  }
  clip(low: Operand, high: Operand): Tensor {
    return this.maximum(low).minimum(high);
  }

  // Reductions (all axes unless given)
  sum(axes?: readonly number[], options?: ReduceOptions): Tensor {
    return this.#reduce("ReduceSum", axes, options);
  }
  mean(axes?: readonly number[], options?: ReduceOptions): Tensor {
    return this.#reduce("ReduceMean", axes, options);
  }
  max(axes?: readonly number[], options?: ReduceOptions): Tensor {
    return this.#reduce("ReduceMax", axes, options);
  }
  min(axes?: readonly number[], options?: ReduceOptions): Tensor {
    return this.#reduce("ReduceMin", axes, options);
  }
  prod(axes?: readonly number[], options?: ReduceOptions): Tensor {
    return this.#reduce("ReduceProd", axes, options);
  }
  cumsum(axis: number, options: { readonly exclusive?: boolean; readonly reverse?: boolean } = {}): Tensor {
    const { exclusive = false, reverse = false } = options;
    return this.trace.emit("CumSum", [this], { axis: normalizeAxis("CumSum", axis, this.rank), exclusive, reverse });
  }
  softmax(axis: number): Tensor {
    return this.trace.emit("Softmax", [this], { axis: normalizeAxis("Softmax", axis, this.rank) });
  }
  /** (x - mean) / sqrt(variance + epsilon) over the axes from `axis` to the last. */
  standardize(axis: number, epsilon: number): Tensor {
    return this.trace.emit("Standardize", [this], { axis: normalizeAxis("Standardize", axis, this.rank), epsilon });
  }

  // Movement
  reshape(shape: readonly number[]): Tensor {
    return equalShapes(shape, this.shape) ? this : this.trace.emit("Reshape", [this], { shape });
  }
  transpose(permutation: readonly number[]): Tensor {
    return permutation.every((axis, i) => axis === i) && permutation.length === this.rank
      ? this
      : this.trace.emit("Transpose", [this], { permutation });
  }
  /** Broadcasts to a shape. */
  expand(shape: readonly number[]): Tensor {
    return equalShapes(shape, this.shape) ? this : this.trace.emit("Expand", [this], { shape });
  }
  slice(starts: readonly number[], ends: readonly number[], steps?: readonly number[]): Tensor {
    return this.trace.emit("Slice", [this], { starts, ends, steps: steps ?? this.shape.map(() => 1) });
  }
  /** Elements from `start` up to `end` of one axis. */
  sliceAxis(axis: number, start: number, end: number): Tensor {
    const at = normalizeAxis("Slice", axis, this.rank);
    return this.slice(
      this.shape.map((_, i) => (i === at ? start : 0)),
      this.shape.map((n, i) => (i === at ? end : n)),
    );
  }
  /** Reverses the given axes. */
  flip(axes: readonly number[]): Tensor {
    const flipped = new Set(normalizeAxes("Slice", axes, this.rank));
    return this.slice(
      this.shape.map((n, i) => (flipped.has(i) ? n - 1 : 0)),
      this.shape.map((n, i) => (flipped.has(i) ? -1 : n)),
      this.shape.map((_, i) => (flipped.has(i) ? -1 : 1)),
    );
  }
  /** pads: begin of each axis, then end of each axis. */
  pad(pads: readonly number[], mode: OpAttrs["Pad"]["mode"] = "constant", value = 0): Tensor {
    return pads.every((p) => p === 0) ? this : this.trace.emit("Pad", [this], { pads, mode, value });
  }
  concat(others: readonly Tensor[], axis: number): Tensor {
    return others.length === 0 ? this : this.trace.emit("Concat", [this, ...others], { axis: normalizeAxis("Concat", axis, this.rank) });
  }
  gather(indices: Tensor, axis: number): Tensor {
    return this.trace.emit("Gather", [this, indices], { axis: normalizeAxis("Gather", axis, this.rank) });
  }
  scatterAdd(indices: Tensor, updates: Tensor, axis: number): Tensor {
    return this.trace.emit("ScatterAdd", [this, indices, updates], { axis: normalizeAxis("ScatterAdd", axis, this.rank) });
  }

  // Contractions
  matmul(y: Tensor): Tensor {
    return this.trace.emit("MatMul", [this, y], {});
  }
  conv(weight: Tensor, options: Partial<ConvAttrs> & { readonly bias?: Tensor } = {}): Tensor {
    const { bias, ...attrs } = options;
    return this.trace.emit("Conv", present([this, weight, bias]), { ...convDefaults(this.rank - 2), ...attrs });
  }
  convTranspose(weight: Tensor, options: Partial<OpAttrs["ConvTranspose"]> & { readonly bias?: Tensor } = {}): Tensor {
    const { bias, ...attrs } = options;
    const spatial = this.rank - 2;
    const outputPadding = new Array<number>(spatial).fill(0);
    return this.trace.emit("ConvTranspose", present([this, weight, bias]), { ...convDefaults(spatial), outputPadding, ...attrs });
  }
  resize(attrs: ResizeAttrs): Tensor {
    return this.trace.emit("Resize", [this], attrs);
  }
  dft(axis: number, inverse = false): Tensor {
    return this.trace.emit("DFT", [this], { axis: normalizeAxis("DFT", axis, this.rank), inverse });
  }

  /** Catches `t > 0` and `+t`, which cannot mean anything while tracing. */
  [Symbol.toPrimitive](): never {
    throw errors.TRACED_VALUE_HAS_NO_NUMBER({ type: formatAval(this) });
  }

  #unary(op: PlainOp): Tensor {
    return this.trace.emit(op, [this], {});
  }
  #binary(op: PlainOp, y: Operand): Tensor {
    return this.trace.emit(op, [this, this.#operand(y, this.dtype)], {});
  }
  #operand(value: Operand, dtype: DType): Tensor {
    return typeof value === "number" ? this.trace.scalar(value, dtype) : value;
  }
  #reduce(
    op: "ReduceSum" | "ReduceMean" | "ReduceMax" | "ReduceMin" | "ReduceProd",
    axes: readonly number[] | undefined,
    options: ReduceOptions = {},
  ): Tensor {
    const all = axes === undefined ? this.shape.map((_, i) => i) : normalizeAxes(op, axes, this.rank);
    return all.length === 0 ? this : this.trace.emit(op, [this], { axes: all, keepDims: options.keepDims ?? false });
  }
}

const present = (operands: readonly (Tensor | undefined)[]): readonly Tensor[] => operands.filter((operand) => operand !== undefined);
