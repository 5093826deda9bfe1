/** What a pickle can hold here: inert data. A global is a name, never code. */
export type PickleValue =
  | undefined
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array<ArrayBuffer>
  | PickleList
  | PickleTuple
  | PickleMap
  | PickleGlobal
  | PickleRecord
  | PickleStorage
  | PickleTensor;

export class PickleList {
  readonly items: PickleValue[] = [];
}

export class PickleTuple {
  constructor(readonly items: readonly PickleValue[]) {}
}

/** A dictionary, ordered or not. Python's keys 1 and "1" differ, and so do those of a Map. */
export class PickleMap {
  readonly entries = new Map<PickleValue, PickleValue>();
}

/** The name of something importable. */
export class PickleGlobal {
  constructor(
    readonly module: string,
    readonly name: string,
  ) {}
  get key(): string {
    return `${this.module} ${this.name}`;
  }
}

/** An object of an allowed class: its class and state, never an instance. */
export class PickleRecord {
  state: PickleValue = undefined;
  constructor(
    readonly type: PickleGlobal,
    readonly args: PickleValue,
  ) {}
}

/** A block of elements that tensors view. */
export class PickleStorage {
  constructor(
    readonly key: string,
    readonly type: StorageType,
    /** Number of elements. */
    readonly size: number,
  ) {}
}

/** A view of a storage; offset and strides count elements. */
export class PickleTensor {
  constructor(
    readonly storage: PickleStorage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

export type StorageType = "float32" | "float16" | "bfloat16" | "float64" | "int64" | "int32" | "int16" | "int8" | "uint8" | "bool";

/** Storage classes of PyTorch by name. */
export const storageTypes: ReadonlyMap<string, StorageType> = new Map<string, StorageType>([
  ["FloatStorage", "float32"],
  ["HalfStorage", "float16"],
  ["BFloat16Storage", "bfloat16"],
  ["DoubleStorage", "float64"],
  ["LongStorage", "int64"],
  ["IntStorage", "int32"],
  ["ShortStorage", "int16"],
  ["CharStorage", "int8"],
  ["ByteStorage", "uint8"],
  ["BoolStorage", "bool"],
]);
