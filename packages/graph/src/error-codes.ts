import { defineErrors } from "./errors.js";

/** Every error code of `@leader/graph`; a code is never reused. */
export const errors = defineErrors("LEADER", {
  SHAPE_MISMATCH: (p: { op: string; problem: string }) => ({
    message: `${p.op}: ${p.problem}`,
    hint: "check the shapes of the tensors given to this operation; print the graph to see where they come from",
  }),
  FOREIGN_TENSOR: (p: { op: string; operand: number }) => ({
    message: `${p.op}: operand ${p.operand} belongs to another trace`,
    hint: "make it an argument of the traced function instead of capturing it from outside",
  }),
  TRACED_VALUE_HAS_NO_NUMBER: (p: { type: string }) => ({
    message: `a traced value (${p.type}) has no number yet, so it cannot be compared or printed while tracing`,
    hint: "use where() inside the graph, or ctx.observe() to let the scheduler decide on the host",
  }),
  GRAPH_INVALID: (p: { after: string; problem: string }) => ({
    message: `invalid graph after \`${p.after}\`: ${p.problem}`,
    hint: "this is a defect of the pass named in the message; please report it with the printed graph",
  }),
  NOT_DIFFERENTIABLE: (p: { op: string; reason: string }) => ({
    message: `${p.op} has no derivative here: ${p.reason}`,
    hint: "rewrite the function with differentiable operations, or stop asking for this derivative",
  }),
  OPERATOR_NOT_LINEAR: (p: { operator: string; node: string }) => ({
    message: `operator \`${p.operator}\` is not linear: its transpose still reads the input at ${p.node}`,
    hint: "write `apply` as a linear function of x without constant offsets, or give a closed-form adjoint of a truly linear map",
  }),
  OPERATOR_HAS_OFFSET: (p: { operator: string; node: string; offset: number }) => ({
    message: `operator \`${p.operator}\` is not linear: it maps zero to ${p.offset} at ${p.node}`,
    hint: "leave constant offsets out of `apply`: subtract them from the measurement instead",
  }),
  GRADIENT_WRONG: (p: { input: string; error: number; tolerance: number; derivative: number; difference: number }) => ({
    message: `gradient with respect to \`${p.input}\` is wrong: relative error ${p.error.toExponential(1)} > ${p.tolerance}; along a random direction the derivative is ${p.derivative}, central differences give ${p.difference}`,
    hint: "check the vjp rules of the operations between this input and the output; a function with a kink near these inputs also fails",
  }),
  BAD_ARGUMENT: (p: { function: string; expected: string; received: string }) => ({
    message: `${p.function}: expected ${p.expected}, received ${p.received}`,
    hint: "correct the argument named in the message",
  }),
  USE_AFTER_DISPOSE: (p: { what: string }) => ({
    message: `${p.what} was used after it was disposed`,
    hint: "keep it until its last use, or read it to the host first",
  }),
  NOT_FINITE: (p: { node: string; element: number; value: number }) => ({
    message: `${p.node} gives ${p.value} at element ${p.element}`,
    hint: "look at the operands of this node: a division by zero, a logarithm or root of a negative number, or an overflow",
  }),
  WEIGHTS_CHANGED: (p: { file: string }) => ({
    message: `${p.file} was changed or removed while its weights were in use`,
    hint: "start again, and leave files of weights alone while LEADer runs: they are read from where they lie",
  }),
  ONNX_UNREADABLE: (p: { file: string; reason: string }) => ({
    message: `${p.file} is not a readable ONNX file: ${p.reason}`,
    hint: "check that the file is complete (not a download page or a pointer to large storage) and export or download it again",
  }),
  ONNX_INVALID: (p: { file: string; where: string; problem: string }) => ({
    message: `${p.file}: ${p.where}: ${p.problem}`,
    hint: "the file contradicts itself or the input shapes; check it with `onnx.checker.check_model(path, full_check=True)` and the shapes you asked for",
  }),
  ONNX_UNSUPPORTED: (p: { file: string; problems: readonly string[] }) => ({
    message: `${p.file} needs what the reader does not have: ${p.problems.join("; ")}`,
    hint: "export the network again without these operations (for PyTorch: opset 17 or 18, in evaluation mode, with fixed control flow)",
  }),
  ONNX_INPUTS: (p: { file: string; problem: string }) => ({
    message: `${p.file}: ${p.problem}`,
    hint: "give every input that the file declares its shape or a constant value, by the names the file uses",
  }),
  ONNX_TOO_LARGE: (p: { file: string; where: string; size: number; limit: number }) => ({
    message: `${p.file}: ${p.where} would make an array of ${p.size} elements; the limit is ${p.limit}`,
    hint: "ask for a smaller image; if the size is right, raise `maxElements`",
  }),
  ONNX_EXTERNAL_DATA: (p: { file: string; path: string; reason: string }) => ({
    message: `${p.file}: external weights \`${p.path}\`: ${p.reason}`,
    hint: "keep the weight file beside the ONNX file as an ordinary file, under the relative path that the ONNX file states",
  }),
  ONNX_INEXPRESSIBLE: (p: { op: string; problem: string }) => ({
    message: `${p.op} cannot be written as ONNX: ${p.problem}`,
    hint: "run the graph on the reference backend, or rewrite the operation named in the message",
  }),
});
