/** Constants that stay in their file: known by place, type and shape, and read when somebody asks for the elements. */
import { defined } from "./records.js";
import { closeSync, fstatSync, openSync, readSync, realpathSync, statSync } from "node:fs";
import type { BigIntStats } from "node:fs";
import { errors } from "./error-codes.js";
import { halvesFrom, type HalfType } from "./half-arrays.js";
import type { HostTensor } from "./values.js";

/** Element types in which weights lie in files; in the graph language all of them are float32. */
export type StoredType = "float32" | "float16" | "bfloat16" | "float64";

const bytesOf: Readonly<Record<StoredType, number>> = { float32: 4, float16: 2, bfloat16: 2, float64: 8 };

/** A file as it was when it was opened. */
export interface StoredFile {
  /** Absolute, without links. */
  readonly path: string;
  readonly size: number;
  /** Tells apart files, and states of one file that was written to. */
  readonly stamp: string;
}

const stampOf = ({ dev, ino, size, mtimeNs }: BigIntStats): string => [dev, ino, size, mtimeNs].join(":");

/** The file at a path. Links are followed: whoever gives the path has decided that they may be. Throws what `node:fs` throws. */
export function storedFile(path: string): StoredFile {
  const real = realpathSync(path);
  const stats = statSync(real, { bigint: true });
  return { path: real, size: Number(stats.size), stamp: stampOf(stats) };
}

/** Bytes of one call to the system. */
const partBytes = 2 ** 30;

/** Fills `into` with bytes of a file from `offset` on. */
type Fill = (into: Uint8Array, offset: number) => void;

/**
 * Opens a file for as long as `body` reads it.
 * @throws WEIGHTS_CHANGED if the file is no longer the one that was opened.
 */
function reading<T>(file: StoredFile, body: (fill: Fill) => T): T {
  const changed = (cause?: unknown): Error => errors.WEIGHTS_CHANGED({ file: file.path }, defined({ cause }));
  let handle: number;
  try {
    handle = openSync(file.path, "r");
  } catch (cause) {
    throw changed(cause);
  }
  try {
    if (stampOf(fstatSync(handle, { bigint: true })) !== file.stamp) throw changed();
    return body((into, offset) => {
      for (let at = 0; at < into.length;) {
        const count = readSync(handle, into, at, Math.min(partBytes, into.length - at), offset + at);
        if (count === 0) throw changed();
        at += count;
      }
    });
  } finally {
    closeSync(handle);
  }
}

/**
 * Bytes of a file, in memory of their own.
 * @throws WEIGHTS_CHANGED if the file is no longer the one that was opened.
 */
export function readStored(file: StoredFile, offset: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  reading(file, (fill) => {
    fill(bytes, offset);
  });
  return bytes;
}

/** Elements that lie one after another in a file, little-endian. */
export class StoredElements {
  #values: WeakRef<Float32Array> | undefined;

  /** @param offset bytes from the beginning of the file; @param length elements. Both must have been checked against its size. */
  constructor(
    readonly file: StoredFile,
    readonly offset: number,
    readonly type: StoredType,
    readonly length: number,
  ) {}

  get byteLength(): number {
    return this.length * bytesOf[this.type];
  }

  /** Equal for equal elements of one state of a file, so that they are told apart without being read. */
  get key(): string {
    return `${this.file.stamp}@${this.offset} ${this.type}[${this.length}]`;
  }

  /** The elements as float32. They are not kept: whoever reads them twice holds them, or pays twice. @throws WEIGHTS_CHANGED. */
  read(): Float32Array {
    const known = this.#values?.deref();
    if (known !== undefined) return known;
    const values = this.#decode();
    this.#values = new WeakRef(values);
    return values;
  }

  #decode(): Float32Array {
    switch (this.type) {
      case "float32":
        return new Float32Array(this.#bytes());
      case "float64":
        return Float32Array.from(new Float64Array(this.#bytes()));
      case "float16":
      case "bfloat16":
        return this.#halves(this.type);
      default:
        return this.type satisfies never;
    }
  }

  #bytes(): ArrayBuffer {
    return readStored(this.file, this.offset, this.byteLength).buffer;
  }

  #halves(type: HalfType): Float32Array {
    return reading(this.file, (fill) =>
      halvesFrom(type, this.length, (part, at) => {
        fill(part, this.offset + 2 * at);
      }),
    );
  }
}

/** By the value itself: a copy with other elements (`{ ...value, data }`) is no longer what lies in the file. */
const places = new WeakMap<object, StoredElements>();

/** The place of a value that stays in its file; undefined for values in memory. */
export const storedElements = (value: object): StoredElements | undefined => places.get(value);

/** Says of a value that its elements lie in a file; its `data` must read them. */
export function markStored<T extends object>(value: T, elements: StoredElements): T {
  places.set(value, elements);
  return value;
}

/** A constant of the graph language that stays in its file. `data` reads it on every access. */
export function storedTensor(elements: StoredElements, shape: readonly number[]): HostTensor {
  const value: HostTensor = {
    shape,
    dtype: "float32",
    get data() {
      return elements.read();
    },
  };
  return markStored(value, elements);
}
