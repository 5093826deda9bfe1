import type { AttributeProto, GraphProto, TensorProto } from "onnx-buf";
import { AttributeProto_AttributeType as Type } from "onnx-buf";

/** Thrown inside a node and given the node's place by the reader. */
export class NodeProblem extends Error {
  constructor(
    readonly kind: "invalid" | "unsupported",
    problem: string,
  ) {
    super(problem);
    this.name = "NodeProblem";
  }
}

const text = new TextDecoder();

/** Damaged files hold numbers that are no type. */
const typeName = (type: AttributeProto["type"]): string => (Object.hasOwn(Type, type) ? Type[type] : `type ${String(type)}`);

/** The attributes of one node, read by name with the type that the operation declares. */
export class Attributes {
  readonly #byName: ReadonlyMap<string, AttributeProto>;

  constructor(attributes: readonly AttributeProto[]) {
    const byName = new Map<string, AttributeProto>();
    for (const attribute of attributes) {
      if (byName.has(attribute.name)) throw new NodeProblem("invalid", `attribute \`${attribute.name}\` is given twice`);
      byName.set(attribute.name, attribute);
    }
    this.#byName = byName;
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** An integer, saturated beyond 2^53. */
  int(name: string, fallback: number): number {
    const found = this.#get(name, Type.INT);
    return found === undefined ? fallback : Number(found.i);
  }

  /** An integer, exact: the largest one means "to the end". */
  wideInt(name: string): bigint | undefined {
    return this.#get(name, Type.INT)?.i;
  }

  /** Integers, exact. */
  wideInts(name: string): readonly bigint[] | undefined {
    return this.#get(name, Type.INTS)?.ints;
  }

  flag(name: string, fallback = false): boolean {
    return this.int(name, fallback ? 1 : 0) !== 0;
  }

  float(name: string, fallback: number): number {
    return this.#get(name, Type.FLOAT)?.f ?? fallback;
  }

  string(name: string, fallback: string): string {
    const found = this.#get(name, Type.STRING);
    return found === undefined ? fallback : text.decode(found.s);
  }

  ints(name: string): readonly number[] | undefined {
    return this.#get(name, Type.INTS)?.ints.map(Number);
  }

  floats(name: string): readonly number[] | undefined {
    return this.#get(name, Type.FLOATS)?.floats;
  }

  tensor(name: string): TensorProto | undefined {
    return this.#get(name, Type.TENSOR)?.t;
  }

  graph(name: string): GraphProto | undefined {
    return this.#get(name, Type.GRAPH)?.g;
  }

  #get(name: string, type: Type): AttributeProto | undefined {
    const found = this.#byName.get(name);
    if (found !== undefined && found.type !== type) {
      throw new NodeProblem("invalid", `attribute \`${name}\` should be of type ${Type[type]}, but is ${typeName(found.type)}`);
    }
    return found;
  }
}
