import { defined } from "../../records.js";
import type { AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto, TensorProto } from "onnx-buf";
import { errors } from "../../error-codes.js";
import { isLeaderError } from "../../errors.js";
import { storedElements } from "../../stored.js";
import type { Tensor } from "../../ir/tensor.js";
import { GraphBuilder } from "../../ir/trace.js";
import { sizeOf } from "../../ir/shape.js";
import { toHostTensor, type Constant } from "../constant.js";
import { constantFromProto, type TensorSource } from "../proto.js";
import { Attributes, NodeProblem } from "./attributes.js";
import { foldNode, listed } from "./fold.js";
import { opsetOf } from "./inputs.js";
import { isConstant, NodeContext, type OpRule, type ReaderServices, type Value } from "./node-context.js";
import { opRules } from "./ops/index.js";
import { MAX_DEPTH, neededNodes, Scope } from "./scope.js";
import { functionKey, isStandard, nodeLabel, unsupportedOps, type FunctionTable } from "./unsupported.js";

/** Most elements of one array that is computed while reading, and of all such arrays together. */
const FOLD_LIMIT = 2 ** 24;
const FOLD_BUDGET = 2 ** 27;
/** Most nodes after inlining: functions that call functions can multiply without end. */
const MAX_NODES = 200_000;

interface Frame {
  readonly scope: Scope;
  readonly opset: number;
  readonly depth: number;
}

/** Walks the graphs of one file and emits operations of the graph language; everything that is known already is computed on the way. */
export class ModelReader {
  readonly builder = new GraphBuilder();
  readonly opset: number;
  readonly #functions: FunctionTable;
  readonly #lifted = new Map<Constant, Tensor>();
  #budget = FOLD_BUDGET;
  #nodes = 0;

  constructor(
    model: ModelProto,
    readonly source: TensorSource,
    readonly maxElements: number,
  ) {
    this.opset = opsetOf(model.opsetImport, source.file);
    this.#functions = new Map(model.functions.map((f) => [functionKey(f.domain, f.name, f.overload), f]));
  }

  /** The values of the wanted outputs of a graph. `scope` holds its inputs. */
  readGraph(graph: GraphProto, wanted: readonly string[], scope: Scope, opset = this.opset, depth = 0): readonly Value[] {
    if (depth > MAX_DEPTH) throw this.#invalid("a graph inside an attribute", `graphs are nested more than ${MAX_DEPTH} deep`);
    if (graph.sparseInitializer.length > 0) throw errors.ONNX_UNSUPPORTED({ file: this.source.file, problems: ["sparse weights"] });
    const { nodes, names } = neededNodes(graph.node, wanted);
    this.#refuseUnsupported(nodes, opset);
    for (const tensor of graph.initializer) this.#defineWeight(tensor, names, scope);
    this.#readNodes(nodes, { scope, opset, depth });
    return wanted.map((name) => this.#known(scope, name, "the outputs"));
  }

  lift(value: Value): Tensor {
    if (!isConstant(value)) return value;
    const known = this.#lifted.get(value);
    if (known !== undefined) return known;
    const made = this.builder.constant(toHostTensor(value));
    this.#lifted.set(value, made);
    return made;
  }

  #defineWeight(tensor: TensorProto, names: ReadonlySet<string>, scope: Scope): void {
    if (!names.has(tensor.name) || scope.get(tensor.name) !== undefined) return;
    scope.define(tensor.name, constantFromProto(tensor, this.source));
  }

  #refuseUnsupported(nodes: readonly NodeProto[], opset: number): void {
    const problems = unsupportedOps(nodes, this.#functions, opset);
    if (problems.length > 0) throw errors.ONNX_UNSUPPORTED({ file: this.source.file, problems });
  }

  #readNodes(nodes: readonly NodeProto[], frame: Frame): void {
    for (const node of nodes) {
      if (++this.#nodes > MAX_NODES)
        throw this.#invalid(nodeLabel(node), `the file has more than ${MAX_NODES} nodes after inlining its functions`);
      this.#readNode(node, frame);
    }
  }

  #readNode(node: NodeProto, frame: Frame): void {
    const where = `${nodeLabel(node)} (${node.opType}, opset ${frame.opset})`;
    const inputs = node.input.map((name) => (name === "" ? undefined : this.#known(frame.scope, name, where)));
    const values = this.#located(where, () =>
      this.builder.within(node.name === "" ? node.opType : node.name, () => this.#evaluate(node, inputs, frame)),
    );
    node.output.forEach((name, i) => {
      if (name === "") return;
      const value = values[i];
      if (value === undefined) throw errors.ONNX_UNSUPPORTED({ file: this.source.file, problems: [`output ${i} of ${where}`] });
      this.#checkSize(value, where);
      if (!frame.scope.define(name, value)) throw this.#invalid(where, `\`${name}\` is defined twice`);
    });
  }

  #evaluate(node: NodeProto, inputs: readonly (Value | undefined)[], frame: Frame): readonly (Value | undefined)[] {
    const called = this.#functions.get(functionKey(node.domain, node.opType, node.overload));
    if (called !== undefined) return this.#call(called, node, inputs, frame);
    const rule = isStandard(node) ? opRules.get(node.opType) : undefined;
    if (rule === undefined) throw new NodeProblem("unsupported", "there is no rule for this operation");
    const make = (services: Pick<ReaderServices, "builder" | "lift">): NodeContext =>
      new NodeContext(node.opType, frame.opset, new Attributes(node.attribute), inputs, node.output, {
        ...this.#services(frame),
        ...services,
      });
    return this.#folded(rule, inputs, make) ?? listed(rule.build(make({ builder: this.builder, lift: (value) => this.lift(value) })));
  }

  #folded(
    rule: OpRule,
    inputs: readonly (Value | undefined)[],
    make: (services: Pick<ReaderServices, "builder" | "lift">) => NodeContext,
  ): readonly (Value | undefined)[] | undefined {
    const known = inputs.every((input) => input === undefined || isConstant(input));
    // What stays in its file is left to the backend.
    if (inputs.some((input) => input !== undefined && storedElements(input) !== undefined)) return undefined;
    const size = inputs.reduce((sum, input) => sum + (input === undefined ? 0 : sizeOf(input.shape)), 0);
    return known && rule.heavy !== true && size <= FOLD_LIMIT ? foldNode(rule, make) : undefined;
  }

  #services(frame: Frame): Omit<ReaderServices, "builder" | "lift"> {
    return {
      mayFold: (size) => this.#mayFold(size),
      subgraph: (graph) =>
        this.readGraph(
          graph,
          graph.output.map((o) => o.name),
          new Scope(frame.scope),
          frame.opset,
          frame.depth + 1,
        ),
      constant: (proto) => constantFromProto(proto, this.source),
    };
  }

  #mayFold(size: number): boolean {
    if (!(size <= FOLD_LIMIT && size <= this.#budget)) return false;
    this.#budget -= size;
    return true;
  }

  /** A function of the file: its body in a scope of its own, with the attributes of the call put in. */
  #call(called: FunctionProto, node: NodeProto, inputs: readonly (Value | undefined)[], frame: Frame): readonly (Value | undefined)[] {
    if (frame.depth >= MAX_DEPTH) throw new NodeProblem("invalid", `functions call each other more than ${MAX_DEPTH} deep`);
    const scope = new Scope();
    called.input.forEach((name, i) => {
      const value = inputs[i];
      if (value !== undefined) scope.define(name, value);
    });
    const wanted = called.output.filter((_, i) => (node.output[i] ?? "") !== "");
    const opset = opsetOf(called.opsetImport, this.source.file);
    const missing = new Set(called.input.filter((_, i) => inputs[i] === undefined));
    const body = neededNodes(called.node, wanted).nodes.map((inner) => withAttributes(inner, called, node, missing));
    this.#readNodes(body, { scope, opset, depth: frame.depth + 1 });
    return called.output.map((name) => scope.get(name));
  }

  #known(scope: Scope, name: string, where: string): Value {
    const value = scope.get(name);
    if (value === undefined)
      throw this.#invalid(where, `\`${name}\` is read, but nothing before defines it (missing, or the graph has a cycle)`);
    return value;
  }

  #checkSize(value: Value, where: string): void {
    const size = sizeOf(value.shape);
    if (!(size <= this.maxElements)) throw errors.ONNX_TOO_LARGE({ file: this.source.file, where, size, limit: this.maxElements });
  }

  #invalid(where: string, problem: string, cause?: unknown): Error {
    return errors.ONNX_INVALID({ file: this.source.file, where, problem }, defined({ cause }));
  }

  /** Says in which node an error happened. Whatever a damaged file provokes becomes a coded error. */
  #located<T>(where: string, body: () => T): T {
    try {
      return body();
    } catch (cause) {
      if (cause instanceof NodeProblem) {
        throw cause.kind === "invalid"
          ? this.#invalid(where, cause.message)
          : errors.ONNX_UNSUPPORTED({ file: this.source.file, problems: [`${where}: ${cause.message}`] });
      }
      if (isLeaderError(cause) && cause.code.startsWith("LEADER_ONNX_")) throw cause;
      throw this.#invalid(where, cause instanceof Error ? cause.message : String(cause), cause);
    }
  }
}

/** A node of a function body with references to the function's attributes replaced, and operands that the call leaves out removed. */
function withAttributes(inner: NodeProto, called: FunctionProto, call: NodeProto, missing: ReadonlySet<string>): NodeProto {
  return changed(inner, {
    input: inner.input.map((name) => (missing.has(name) ? "" : name)),
    attribute: inner.attribute.flatMap((attribute) => substituted(attribute, called, call)),
  });
}

/** A copy with some fields replaced. Fields that a message leaves out have their defaults on its prototype, which a spread would lose. */
function changed<T extends object>(message: T, fields: Partial<T>): T;
function changed(message: object, fields: object): object {
  const made = { ...message, ...fields };
  Object.setPrototypeOf(made, Reflect.getPrototypeOf(message));
  return made;
}

function substituted(attribute: AttributeProto, called: FunctionProto, call: NodeProto): readonly AttributeProto[] {
  if (attribute.refAttrName === "") return attribute.g === undefined ? [attribute] : [withBody(attribute, attribute.g, called, call)];
  const given =
    call.attribute.find((a) => a.name === attribute.refAttrName) ?? called.attributeProto.find((a) => a.name === attribute.refAttrName);
  return given === undefined ? [] : [changed(given, { name: attribute.name })];
}

/** Attribute references inside the graphs of a function body belong to the same function. */
function withBody(attribute: AttributeProto, graph: GraphProto, called: FunctionProto, call: NodeProto): AttributeProto {
  return changed(attribute, { g: changed(graph, { node: graph.node.map((inner) => withAttributes(inner, called, call, new Set())) }) });
}
