import type { Aval, DType, HostTensor } from "../values.js";

type Shape = readonly number[];
type None = Readonly<Record<never, never>>;

/** Attributes shared by convolution and its transpose; spatial axes in order, pads as [begin..., end...]. */
export interface ConvAttrs {
  readonly strides: Shape;
  readonly pads: Shape;
  readonly dilations: Shape;
  readonly groups: number;
}

/** How coordinates of the resized axis map to the original, as in ONNX Resize. */
export type CoordinateMode = "half_pixel" | "half_pixel_symmetric" | "pytorch_half_pixel" | "align_corners" | "asymmetric";

export interface ResizeAttrs {
  /** Output shape, all axes. */
  readonly shape: Shape;
  /** Scale per axis as the file states it; it may differ from the ratio of the sizes. */
  readonly scales: readonly number[];
  readonly mode: "nearest" | "linear" | "cubic";
  readonly coordinates: CoordinateMode;
  readonly nearest: "round_prefer_floor" | "round_prefer_ceil" | "floor" | "ceil";
  readonly cubicCoefficient: number;
  readonly excludeOutside: boolean;
  readonly antialias: boolean;
}

/**
 * The closed table of operations and their attributes. Names and meanings are those of ONNX unless noted.
 * Tensors never hide in attributes, except for the value of a `Constant`.
 */
export interface OpAttrs {
  // Leaves and calls
  readonly Constant: { readonly value: HostTensor };
  /** A graph with a name and one output, applied to the inputs: can be inlined, differentiated or compiled apart. */
  readonly Function: {
    readonly name: string;
    readonly body: Graph;
    /** Denoiser evaluations this call stands for. */ readonly evaluations: number;
  };

  // Elementwise, one operand
  readonly Neg: None;
  readonly Abs: None;
  readonly Sign: None;
  readonly Exp: None;
  readonly Log: None;
  readonly Sqrt: None;
  readonly Sin: None;
  readonly Cos: None;
  readonly Tanh: None;
  readonly Sigmoid: None;
  readonly Erf: None;
  readonly Floor: None;
  readonly Ceil: None;
  /** Half to even. */
  readonly Round: None;
  readonly Not: None;
  readonly Cast: { readonly to: DType };

  // Elementwise, two operands with NumPy broadcasting
  readonly Add: None;
  readonly Sub: None;
  readonly Mul: None;
  readonly Div: None;
  readonly Pow: None;
  readonly Max: None;
  readonly Min: None;
  /** Remainder with the sign of the divisor for integers, of the dividend for floats (ONNX Mod, fmod for floats). */
  readonly Mod: None;
  readonly Equal: None;
  readonly Less: None;
  readonly LessOrEqual: None;
  readonly Greater: None;
  readonly GreaterOrEqual: None;
  readonly And: None;
  readonly Or: None;
  /** (condition, a, b), broadcast. */
  readonly Where: None;

  // Reductions; axes are non-negative, ascending and without repeats
  readonly ReduceSum: { readonly axes: Shape; readonly keepDims: boolean };
  readonly ReduceMean: { readonly axes: Shape; readonly keepDims: boolean };
  readonly ReduceMax: { readonly axes: Shape; readonly keepDims: boolean };
  readonly ReduceMin: { readonly axes: Shape; readonly keepDims: boolean };
  readonly ReduceProd: { readonly axes: Shape; readonly keepDims: boolean };
  readonly CumSum: { readonly axis: number; readonly exclusive: boolean; readonly reverse: boolean };
  readonly Softmax: { readonly axis: number };
  /** (x - mean) / sqrt(variance + epsilon) over the axes from `axis` to the last: the core of every normalisation layer. */
  readonly Standardize: { readonly axis: number; readonly epsilon: number };

  // Movement
  readonly Reshape: { readonly shape: Shape };
  readonly Transpose: { readonly permutation: Shape };
  /** Broadcast to a shape. */
  readonly Expand: { readonly shape: Shape };
  /** One entry per axis; a negative step counts down from `starts`, and `ends` of -1 then means past the first element. */
  readonly Slice: { readonly starts: Shape; readonly ends: Shape; readonly steps: Shape };
  /** pads as [begin of each axis..., end of each axis...]; negative pads are not allowed. */
  readonly Pad: { readonly pads: Shape; readonly mode: "constant" | "reflect" | "edge" | "wrap"; readonly value: number };
  readonly Concat: { readonly axis: number };
  /** (data, indices int32): indices in [0, size of axis). */
  readonly Gather: { readonly axis: number };
  /** (base, indices int32 of rank 1, updates): adds slices of updates to base along the axis; repeated indices accumulate. */
  readonly ScatterAdd: { readonly axis: number };

  // Contractions
  /** Batched, with NumPy broadcasting of the leading axes; both operands have rank at least 2. */
  readonly MatMul: None;
  /** (x [N,C,...], w [M,C/groups,...], optional bias [M]). */
  readonly Conv: ConvAttrs;
  /** (x [N,C,...], w [C,M/groups,...], optional bias [M]). */
  readonly ConvTranspose: ConvAttrs & { readonly outputPadding: Shape };
  /** Separable interpolation, linear in x. */
  readonly Resize: ResizeAttrs;
  /** Complex discrete Fourier transform along an axis; the last axis holds (real, imaginary). The inverse divides by the length. */
  readonly DFT: { readonly axis: number; readonly inverse: boolean };
}

export type OpName = keyof OpAttrs;

/** Ops without attributes. */
export type PlainOp = { readonly [K in OpName]: None extends OpAttrs[K] ? K : never }[OpName];

// Graphs stand here since the two types need each other: a call holds the graph that it calls.

/** An input of a graph. Names identify inputs to the host: `x`, `from.sigma`, `noise:z`. */
export interface Param {
  readonly id: number;
  readonly name: string;
  readonly aval: Aval;
}

/** One operation: reads the values of `inputs` (ids of params or earlier nodes) and defines the value `id`. */
export interface Node<K extends OpName = OpName> {
  readonly id: number;
  readonly op: K;
  readonly inputs: readonly number[];
  readonly attrs: OpAttrs[K];
  readonly aval: Aval;
  /** Which stage emitted it, such as `baseline/ddnm`, for messages. */
  readonly scope: string;
}

/** An immutable straight-line program. Params have ids 0..p-1, nodes follow in order of definition. */
export interface Graph {
  readonly params: readonly Param[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly number[];
}
