/** Writes pickles opcode by opcode, as PyTorch's and anybody's would be: for honest and for hostile files. */
export class PickleWriter {
  readonly #parts: number[] = [];

  bytes(...values: readonly number[]): this {
    this.#parts.push(...values);
    return this;
  }
  raw(values: Uint8Array): this {
    for (const value of values) this.#parts.push(value);
    return this;
  }
  uint32(value: number): this {
    return this.bytes(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24);
  }
  protocol(version = 2): this {
    return this.bytes(0x80, version);
  }
  global(module: string, name: string): this {
    return this.bytes(0x63).raw(Buffer.from(`${module}\n${name}\n`));
  }
  text(value: string): this {
    const bytes = Buffer.from(value);
    return this.bytes(0x58).uint32(bytes.length).raw(bytes);
  }
  shortText(value: string): this {
    const bytes = Buffer.from(value);
    return this.bytes(0x8c, bytes.length).raw(bytes);
  }
  binary(value: Uint8Array): this {
    return this.bytes(0x42).uint32(value.length).raw(value);
  }
  int(value: number): this {
    return value >= 0 && value < 256 ? this.bytes(0x4b, value) : this.bytes(0x4a).uint32(value);
  }
  mark(): this {
    return this.bytes(0x28);
  }
  tuple(...make: readonly ((writer: this) => unknown)[]): this {
    this.mark();
    for (const item of make) item(this);
    return this.bytes(0x74);
  }
  none(): this {
    return this.bytes(0x4e);
  }
  emptyDict(): this {
    return this.bytes(0x7d);
  }
  orderedDict(): this {
    return this.global("collections", "OrderedDict").bytes(0x29, 0x52);
  }
  dict(entries: readonly (readonly [string, (writer: this) => unknown])[], ordered = false): this {
    if (ordered) this.orderedDict();
    else this.emptyDict();
    this.mark();
    for (const [key, value] of entries) {
      this.text(key);
      value(this);
    }
    return this.bytes(0x75);
  }
  stop(): this {
    return this.bytes(0x2e);
  }
  reduce(): this {
    return this.bytes(0x52);
  }
  get result(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.#parts);
  }
}

export interface TestStorage {
  readonly key: string;
  /** Name of the class, such as `FloatStorage`. */
  readonly type: string;
  readonly elements: number;
  readonly bytes: Uint8Array;
}

export interface TestTensor {
  readonly storage: TestStorage;
  readonly offset?: number;
  readonly shape: readonly number[];
  readonly strides?: readonly number[];
}

export const rowStrides = (shape: readonly number[]): number[] => shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));

/** `_rebuild_tensor_v2` of a storage. `view`: the sixth member of the id in the stream layout. */
export function writeTensor(
  writer: PickleWriter,
  { storage, offset = 0, shape, strides = rowStrides(shape) }: TestTensor,
  stream = false,
  location = "cpu",
): PickleWriter {
  const sizes = (values: readonly number[]) => (w: PickleWriter) => w.tuple(...values.map((n) => (inner: PickleWriter) => inner.int(n)));
  return writer
    .global("torch._utils", "_rebuild_tensor_v2")
    .tuple(
      (w) => {
        w.tuple(
          (i) => i.text("storage"),
          (i) => i.global("torch", storage.type),
          (i) => i.text(storage.key),
          (i) => i.text(location),
          (i) => i.int(storage.elements),
          ...(stream ? [(i: PickleWriter) => i.none()] : []),
        ).bytes(0x51);
      },
      (w) => w.int(offset),
      sizes(shape),
      sizes(strides),
      (w) => w.bytes(0x89),
      (w) => w.orderedDict(),
    )
    .reduce();
}

/** A file of the stream layout around a pickled object. */
export function streamFile(object: (writer: PickleWriter) => unknown, storages: readonly TestStorage[]): Uint8Array<ArrayBuffer> {
  const pickle = (make: (writer: PickleWriter) => unknown): Uint8Array => {
    const writer = new PickleWriter().protocol();
    make(writer);
    return writer.stop().result;
  };
  const magic = Uint8Array.of(0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19);
  const parts = [
    pickle((w) => w.raw(magic)),
    pickle((w) => w.bytes(0x4d, 0xe9, 0x03)),
    pickle((w) =>
      w.dict([
        ["protocol_version", (i) => i.bytes(0x4d, 0xe9, 0x03)],
        ["little_endian", (i) => i.bytes(0x88)],
      ]),
    ),
    pickle(object),
    pickle((w) => {
      w.bytes(0x5d).mark();
      for (const { key } of storages) w.text(key);
      w.bytes(0x65);
    }),
    ...storages.flatMap(({ elements, bytes }) => [new Uint8Array(BigInt64Array.of(BigInt(elements)).buffer), bytes]),
  ];
  return new Uint8Array(Buffer.concat(parts));
}
