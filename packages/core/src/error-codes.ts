import { defineErrors } from "./errors.js";

/** Every error code of `@leader/core`; a code is never reused. */
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
  ADJOINT_WRONG: (p: { operator: string; error: number; tolerance: number; ratios: readonly number[] }) => ({
    message:
      `the adjoint of \`${p.operator}\` fails the dot test: ${p.error.toExponential(1)} > ${p.tolerance}; ` +
      `<x, A^T y> / <A x, y> is ${p.ratios.map((ratio) => ratio.toFixed(4)).join(", ")}`,
    hint: "the same ratio for every seed means a forgotten factor, differing ratios a wrong index; leave `adjoint` out to have it derived",
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
  NAME_TAKEN: (p: { kind: string; name: string }) => ({
    message: `the ${p.kind} \`${p.name}\` is used twice in one phase of the step`,
    hint: "give each draw and each observation of a step a name of its own",
  }),
  STATE_STRUCTURE_CHANGED: (p: { stage: string; expected: string; received: string }) => ({
    message: `the state of the ${p.stage} changed its structure: it began as ${p.expected} and became ${p.received}`,
    hint: "return a state with the same keys, shapes and element types from `init` and from every step",
  }),
  UNCERTAINTY_MISSING: (p: { stage: string }) => ({
    message: `the ${p.stage} needs the posterior uncertainty, but the pipeline has no estimator`,
    hint: "add an `uncertainty` stage to the pipeline, such as `leader#stein`",
  }),
  FRESH_NOISE_MISSING: (p: { where: string }) => ({
    message: `the uncertainty estimator learns from fresh noise, but the baseline adds none that it can report (in \`${p.where}\`)`,
    hint:
      p.where === "travel"
        ? "use a scheduler that does not travel in time (it says so with `travels: false`), a baseline whose `travel` reports its noise, or another estimator, such as `leader#finite-difference`"
        : "use a stochastic baseline (for DDNM: eta > 0) or another estimator, such as `leader#finite-difference`",
  }),
  STAGE_NOT_FINITE: (p: { stage: string; step: number; level: number }) => ({
    message: `the ${p.stage} produced NaN or infinity in step ${p.step} (level ${p.level})`,
    hint:
      p.stage === "denoiser"
        ? "check that the network file matches its options (conditioning input, what it predicts, value range) and is not damaged"
        : "run with --debug-reference to find the operation that produced it",
  }),
  SCHEDULE_INVALID: (p: { decision: string; problem: string }) => ({
    message: `the scheduler decided ${p.decision}: ${p.problem}`,
    hint: "a step goes to a strictly cleaner level, and time travel to a level noisier than the one just reached",
  }),
  ABORTED: (p: { step: number }) => ({
    message: `the run was cancelled before step ${p.step}`,
    hint: "start it again; nothing was written",
  }),
  BACKEND_LACKS_OPS: (p: { backend: string; graph: string; list: string }) => ({
    message: `backend ${p.backend} cannot run the ${p.graph} graph: ${p.list}`,
    hint: "choose another backend in the pipeline's `backend:` line",
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
