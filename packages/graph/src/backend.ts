import type { DeviceTensor, HostTensor } from "./values.js";
import type { Graph } from "./ir/graph.js";

export interface UnsupportedOp {
  /** Id of the node in the graph. */
  readonly node: number;
  readonly op: string;
  readonly reason: string;
}

/** A compiled graph. Inputs stay the caller's; outputs become the caller's. */
export interface Executable extends AsyncDisposable {
  /** One device tensor per param of the graph, in order; returns one per output. */
  run(inputs: readonly DeviceTensor[]): Promise<readonly DeviceTensor[]>;
}

export interface Backend extends AsyncDisposable {
  readonly name: string;
  /** Where it computes and why, for people: `onnxruntime 1.30.0, cpu, 2 threads (cuda passed over: ...)`. */
  readonly description: string;
  /** Checked before compiling. */
  unsupported(graph: Graph): readonly UnsupportedOp[];
  compile(graph: Graph): Promise<Executable>;
  upload(value: HostTensor): Promise<DeviceTensor>;
}
