/** An ONNX file without its large weights, read past them: what leads there is a few nested messages. */
import { readStored, type StoredFile } from "../stored.js";
import { ownLocation, smallestStored } from "./proto.js";

/** Numbers of the fields that lead to weights, and of those that say where weights lie. */
const field = { graph: 7, initializer: 5, rawData: 9, externalData: 13, dataLocation: 14 } as const;
const wire = { varint: 0, eight: 1, bytes: 2, four: 5 } as const;
/** Bytes that are read at a time, of files that are worth reading past their weights. */
const stepBytes = 2 ** 16;
/** Up to this size a file is read as a whole: that takes less than asking the system for each of its weights, twice. */
const smallBytes = 2 ** 24;

/** What is not as it must be: the decoder then says so of the whole file. */
class Unreadable extends Error {}

/** Bytes of a file through a window that moves along. */
class Window {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #start = 0;

  constructor(
    readonly file: StoredFile,
    readonly bytesAtOnce: number,
  ) {}

  byte(at: number): number {
    if (at >= this.file.size) throw new Unreadable();
    if (at < this.#start || at >= this.#start + this.#bytes.length) {
      this.#start = at;
      this.#bytes = readStored(this.file, at, Math.min(this.bytesAtOnce, this.file.size - at));
    }
    return this.#bytes[at - this.#start]!;
  }

  copy(start: number, end: number): Uint8Array {
    const inside = start >= this.#start && end <= this.#start + this.#bytes.length;
    return inside ? this.#bytes.slice(start - this.#start, end - this.#start) : readStored(this.file, start, end - start);
  }

  /** A variable-length integer, and where it ends. */
  varint(at: number): readonly [value: number, end: number] {
    let value = 0;
    for (let i = 0; i < 10; i++) {
      const byte = this.byte(at + i);
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return [value, at + i + 1];
    }
    throw new Unreadable();
  }
}

/** One field: where it begins, where its contents lie, and where it ends. */
interface Field {
  readonly number: number;
  readonly type: number;
  readonly start: number;
  readonly content: number;
  readonly end: number;
}

function* fields(window: Window, start: number, end: number): Generator<Field> {
  for (let at = start; at < end;) {
    const [tag, behind] = window.varint(at);
    const [number, type] = [Math.floor(tag / 8), tag % 8];
    const [length, content] = lengthOf(window, type, behind);
    if (number === 0 || content + length > end) throw new Unreadable();
    yield { number, type, start: at, content, end: content + length };
    at = content + length;
  }
}

function lengthOf(window: Window, type: number, at: number): readonly [length: number, content: number] {
  if (type === wire.varint) return [window.varint(at)[1] - at, at];
  if (type === wire.eight) return [8, at];
  if (type === wire.four) return [4, at];
  if (type === wire.bytes) return window.varint(at);
  throw new Unreadable();
}

type Rewrite = (window: Window, one: Field) => readonly Uint8Array[];

const asItIs: Rewrite = (window, { start, end }) => [window.copy(start, end)];

/** A field whose message is written anew, where it has a number. */
const nested =
  (number: number, inner: (window: Window, parts: readonly Field[]) => readonly Uint8Array[]): Rewrite =>
  (window, one) => {
    if (one.number !== number || one.type !== wire.bytes) return asItIs(window, one);
    return message(number, inner(window, [...fields(window, one.content, one.end)]));
  };

const varint = (value: number): number[] => (value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...varint(Math.floor(value / 0x80))]);

function message(number: number, parts: readonly Uint8Array[]): readonly Uint8Array[] {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return [Uint8Array.from([...varint(8 * number + wire.bytes), ...varint(length)]), ...parts];
}

const text = (number: number, value: string): readonly Uint8Array[] => message(number, [new TextEncoder().encode(value)]);

/** A weight: its bytes are replaced by their place. */
const weight: Rewrite = (window, one) => {
  const length = one.end - one.content;
  if (one.number !== field.rawData || one.type !== wire.bytes || length < smallestStored) return asItIs(window, one);
  const entries = { location: ownLocation, offset: String(one.content), length: String(length) };
  const places = Object.entries(entries).flatMap(([key, value]) => message(field.externalData, [...text(1, key), ...text(2, value)]));
  return [...places, Uint8Array.from([...varint(8 * field.dataLocation + wire.varint), 1])];
};

/** The fields of a weight; one that lies elsewhere already, or says so, stays as it is. */
function tensor(window: Window, parts: readonly Field[]): readonly Uint8Array[] {
  const elsewhere = parts.some(({ number }) => number === field.externalData || number === field.dataLocation);
  return parts.flatMap((part) => (elsewhere ? asItIs : weight)(window, part));
}

const graph = nested(field.initializer, tensor);
const model = nested(field.graph, (window, parts) => parts.flatMap((part) => graph(window, part)));

/**
 * What `leaveWeights` makes of an ONNX file, without reading the weights of a large one; undefined for a file that is not put together as it
 * must be.
 * @param whole whether it is read as a whole. Default: up to 16 MiB.
 * @throws WEIGHTS_CHANGED.
 */
export function outlineOf(file: StoredFile, whole = file.size <= smallBytes): Uint8Array<ArrayBuffer> | undefined {
  const window = new Window(file, whole ? file.size : stepBytes);
  try {
    const parts = [...fields(window, 0, file.size)].flatMap((one) => model(window, one));
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
}
