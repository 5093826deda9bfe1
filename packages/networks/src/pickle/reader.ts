/** Ends the reading with a coded error that names `problem` and where it is. */
export type PickleRefusal = (problem: string, offset: number) => never;

/** Longest line of a GLOBAL and longest text: names and keys are far shorter, source text of EDM's files far below. */
const longestLine = 1024;
/** Longest integer in bytes. Counters and seeds take 8, PyTorch's magic number 10. */
const longestInteger = 32;

/** Operands of the instructions of a pickle, bounds checked. */
export class PickleReader {
  at: number;
  #started: number;
  readonly #data: DataView;

  constructor(
    readonly source: Uint8Array<ArrayBuffer>,
    start: number,
    readonly refusal: PickleRefusal,
  ) {
    this.at = start;
    this.#started = start;
    this.#data = new DataView(source.buffer, source.byteOffset, source.byteLength);
  }

  /** Stops at the instruction that is being carried out. */
  refuse(problem: string): never {
    return this.refusal(problem, this.#started);
  }

  opcode(): number {
    this.#started = this.at;
    return this.uint8();
  }

  name(code: number): string {
    return refusedNames.get(code) ?? `0x${code.toString(16).padStart(2, "0")}`;
  }

  protocol(): void {
    const version = this.uint8();
    if (version < 2 || version > 5) this.refuse(`pickles of protocol ${version} are not read`);
  }

  /** Frames only help reading ahead; the length is checked against the file all the same. */
  frame(): void {
    const length = this.uint64();
    if (length > this.source.length - this.at) this.refuse(`a frame of ${length} bytes reaches past the end`);
  }

  uint8(): number {
    return this.#data.getUint8(this.#take(1));
  }
  uint16(): number {
    return this.#data.getUint16(this.#take(2), true);
  }
  int32(): number {
    return this.#data.getInt32(this.#take(4), true);
  }
  uint32(): number {
    return this.#data.getUint32(this.#take(4), true);
  }
  uint64(): number {
    const value = this.#data.getBigUint64(this.#take(8), true);
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : this.refuse(`${value} is no length`);
  }
  float64(): number {
    return this.#data.getFloat64(this.#take(8), false);
  }

  /** A signed little-endian integer of `length` bytes; a number where numbers are exact. */
  long(length: number): number | bigint {
    if (length > longestInteger) return this.refuse(`an integer of ${length} bytes`);
    const from = this.#take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.source[from + i]!);
    const signed = BigInt.asIntN(8 * length, value);
    return BigInt(Number(signed)) === signed && Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    const from = this.#take(length);
    return this.source.subarray(from, from + length);
  }

  text(length: number): string {
    const bytes = this.bytes(length);
    try {
      return decoder.decode(bytes);
    } catch {
      return this.refuse("a text is not UTF-8");
    }
  }

  line(): string {
    const found = this.source.subarray(this.at, this.at + longestLine).indexOf(0x0a);
    if (found < 0) return this.refuse("a name does not end");
    const text = this.text(found);
    this.at++;
    return text;
  }

  #take(length: number): number {
    const from = this.at;
    if (length > this.source.length - from) return this.refuse("the pickle is incomplete");
    this.at += length;
    return from;
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const refusedNames: ReadonlyMap<number, string> = new Map([
  [0x30, "POP"],
  [0x31, "POP_MARK"],
  [0x32, "DUP"],
  [0x69, "INST"],
  [0x6f, "OBJ"],
  [0x92, "NEWOBJ_EX"],
  [0x82, "EXT1"],
  [0x83, "EXT2"],
  [0x84, "EXT4"],
  [0x50, "PERSID"],
  [0x49, "INT"],
  [0x4c, "LONG"],
  [0x46, "FLOAT"],
  [0x53, "STRING"],
  [0x54, "BINSTRING"],
  [0x55, "SHORT_BINSTRING"],
  [0x56, "UNICODE"],
  [0x64, "DICT"],
  [0x6c, "LIST"],
  [0x67, "GET"],
  [0x70, "PUT"],
  [0x8b, "LONG4"],
  [0x91, "FROZENSET"],
  [0x96, "BYTEARRAY8"],
  [0x97, "NEXT_BUFFER"],
  [0x98, "READONLY_BUFFER"],
]);
