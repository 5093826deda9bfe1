import { coreErrors } from "@leader/core";
import {
  formatAval,
  avalsOf,
  eliminateDeadNodes,
  exactHalves,
  foldConstants,
  isOp,
  printNode,
  storedElements,
  type Aval,
  type DeviceTensor,
  type Executable,
  type Graph,
  type HostTensor,
  type Node,
} from "@leader/graph";
import { evaluateGraph, toHost, toReference } from "@leader/graph/reference";
import { TfjsTensor } from "./device-tensor.js";
import type { Device } from "./device/device.js";
import { errors } from "./error-codes.js";
import { foldScales } from "./plan/fold-scales.js";
import { splitHostPart, type HostPart } from "./plan/host-part.js";
import { makePlan, type Plan, type Step } from "./plan/plan.js";
import { mutable } from "./lowering/lowering.js";
import { firstLine, type KeptHalves, type TfTensor, type WeightStorage } from "./tfjs.js";

/** Compiles a graph without `Function` nodes whose outputs are nodes: uploads its constants and prepares its kernels. */
export function compileProgram(graph: Graph, device: Device, weights: WeightStorage): Executable {
  const constants = new Constants(device, weights);
  device.activate();
  try {
    const read = withStored(graph);
    const folded = device.traits.scalesFilters ? foldScales(read) : read;
    const host = device.traits.sharesMemory ? splitHostPart(folded) : undefined;
    const plan = makePlan(host?.rest ?? folded, {
      tf: device.tf,
      traits: device.traits,
      constant: (value) => constants.add(value),
      weight: (value) => constants.keepHalves(value),
    });
    return new Program(graph, { plan, host }, device, constants);
  } catch (cause) {
    constants.dispose();
    throw errors.TFJS_COMPILE_FAILED({ graph: describeGraph(graph), device: device.name, problem: firstLine(cause) }, { cause });
  }
}

/** What other runtimes compute of weights when they load them is computed here: their derivatives read them flipped and transposed. */
function withStored(graph: Graph): Graph {
  const stays = graph.nodes.some((node) => isOp(node, "Constant") && storedElements(node.attrs.value) !== undefined);
  return stays ? eliminateDeadNodes(foldConstants(graph, { stored: true })) : graph;
}

/** Tensors that live as long as a compiled graph; equal arrays of the same shape are uploaded once. */
class Constants {
  readonly #device: Device;
  readonly #known = new Map<HostTensor["data"], Map<string, TfTensor>>();
  readonly #halves: KeptHalves[] = [];
  readonly #wantsHalves: boolean;

  constructor(device: Device, weights: WeightStorage) {
    this.#device = device;
    this.#wantsHalves = weights === "float16" || (weights === "auto" && device.traits.halfWeights.gains);
  }

  add(value: HostTensor): TfTensor {
    const shapes = this.#known.get(value.data) ?? new Map<string, TfTensor>();
    this.#known.set(value.data, shapes);
    const key = formatAval(value);
    const tensor = shapes.get(key) ?? makeTensor(this.#device, value);
    shapes.set(key, tensor);
    return tensor;
  }

  /** Keeps a weight as float16 where that is wanted and changes no number. */
  keepHalves(value: HostTensor): (() => TfTensor) | undefined {
    const bits = this.#wantsHalves && value.data.length % 2 === 0 ? exactHalves(value) : undefined;
    if (bits === undefined) return undefined;
    const kept = this.#device.traits.halfWeights.keep(bits, mutable(value.shape));
    this.#halves.push(kept);
    return () => kept.expand();
  }

  dispose(): void {
    for (const kept of this.#halves.splice(0)) kept.dispose();
    for (const shapes of this.#known.values()) for (const tensor of shapes.values()) tensor.dispose();
    this.#known.clear();
  }
}

/** Uploads a copy, which nobody else can change. */
export function makeTensor({ tf }: Device, { shape, dtype, data }: HostTensor): TfTensor {
  return tf.tensor(data.slice(), [...shape], dtype);
}

interface Parts {
  readonly plan: Plan;
  /** Computed first; its results follow the inputs of the graph as those of the plan. */
  readonly host: HostPart | undefined;
}

class Program implements Executable {
  readonly #graph: Graph;
  readonly #plan: Plan;
  readonly #host: HostPart | undefined;
  readonly #device: Device;
  readonly #constants: Constants;
  readonly #outputs: readonly Aval[];
  #disposed = false;

  constructor(graph: Graph, { plan, host }: Parts, device: Device, constants: Constants) {
    const avals = avalsOf(graph);
    this.#graph = graph;
    this.#plan = plan;
    this.#host = host;
    this.#device = device;
    this.#constants = constants;
    this.#outputs = graph.outputs.map((id) => avals[id]!);
  }

  async run(inputs: readonly DeviceTensor[]): Promise<readonly DeviceTensor[]> {
    if (this.#disposed) throw coreErrors.USE_AFTER_DISPOSE({ what: `the ${describeGraph(this.#graph)}` });
    const values = inputs.map((input) => tensorOf(input, this.#device));
    this.#device.activate();
    const results = this.#device.tf.tidy(() => this.#compute([...values, ...this.#hosted(values)]));
    return await Promise.resolve(results.map((tensor, i) => new TfjsTensor(this.#outputs[i]!, tensor, this.#device)));
  }

  [Symbol.asyncDispose](): Promise<void> {
    if (!this.#disposed) this.#constants.dispose();
    this.#disposed = true;
    return Promise.resolve();
  }

  /** What the host computes, in float64. */
  #hosted(inputs: readonly TfTensor[]): readonly TfTensor[] {
    if (this.#host === undefined) return [];
    const { graph, inputs: positions } = this.#host;
    const values = graph.params.map(({ aval }, i) => toReference({ ...aval, data: inputs[positions[i]!]!.dataSync<"float32">() }));
    return evaluateGraph(graph, values).map((value) => makeTensor(this.#device, toHost(value)));
  }

  /** Memory goes back as soon as a value has been read for the last time, not only at the end of the run. */
  #compute(inputs: readonly TfTensor[]): TfTensor[] {
    const slots = new Map<number, TfTensor>(this.#plan.constants);
    inputs.forEach((input, i) => slots.set(i, input));
    for (const step of this.#plan.steps) {
      slots.set(
        step.writes,
        this.#step(
          step,
          step.reads.map((slot) => slots.get(slot)!),
        ),
      );
      for (const slot of step.frees) {
        slots.get(slot)!.dispose();
        slots.delete(slot);
      }
    }
    return this.#plan.outputs.map((slot) => slots.get(slot)!);
  }

  #step({ kernel, node }: Step, operands: readonly TfTensor[]): TfTensor {
    try {
      return this.#device.tf.tidy(() => {
        const result = kernel(operands);
        // An op that changes nothing returns its operand, which has an owner already.
        return operands.includes(result) ? result.clone() : result;
      });
    } catch (cause) {
      throw this.#failure(node, cause);
    }
  }

  #failure(node: Node, cause: unknown): Error {
    const parameters = {
      graph: describeGraph(this.#graph),
      device: this.#device.name,
      node: `\`${printNode(node)}\``,
      problem: firstLine(cause),
    };
    return errors.TFJS_RUN_FAILED(parameters, { cause, ...(node.scope === "" ? {} : { stage: node.scope }) });
  }
}

/** The caller's inputs have passed `checkInputs`; the others were computed by programs of this backend. */
function tensorOf(input: DeviceTensor, device: Device): TfTensor {
  if (input instanceof TfjsTensor && input.device === device) return input.value;
  throw coreErrors.BAD_ARGUMENT({
    function: "Executable.run",
    expected: `tensors of the tfjs backend on ${device.name}`,
    received: formatAval(input),
  });
}

/** `graph of 62 nodes (baseline/ddnm, ucpm)`. */
export function describeGraph(graph: Graph): string {
  const stages = [...new Set(graph.nodes.map((node) => node.scope))].filter((scope) => scope !== "");
  const named = stages.length > 6 ? [...stages.slice(0, 6), "..."] : stages;
  return `graph of ${graph.nodes.length} nodes${named.length === 0 ? "" : ` (${named.join(", ")})`}`;
}
