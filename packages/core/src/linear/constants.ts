import type { HostTensor, Emitter, Tensor } from "@leader/graph";

const known = new WeakMap<Emitter, WeakMap<HostTensor, Tensor>>();

/** The array as a constant of the trace, entered once however often it is asked for: operators are called many times per graph. */
export function constantOf(trace: Emitter, value: HostTensor): Tensor {
  let constants = known.get(trace);
  if (constants === undefined) known.set(trace, (constants = new WeakMap()));
  let constant = constants.get(value);
  if (constant === undefined) constants.set(value, (constant = trace.constant(value)));
  return constant;
}
