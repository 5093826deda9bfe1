import { PickleReader, type PickleRefusal } from "./reader.js";
import { PickleGlobal, PickleList, PickleMap, PickleRecord, PickleTuple, type PickleValue } from "./values.js";
import { buildObject, callGlobal, isAllowed, makeRecord, type PickleHooks } from "./allowed.js";

/** What a machine read, and where the pickle ended. */
export interface Unpickled {
  readonly value: PickleValue;
  /** Bytes up to and including STOP. */
  readonly end: number;
}

/**
 * An instruction of one byte can make a value of forty, so that their number is bounded by the size of the file: four times that, for files that
 * are mostly pickle. The largest networks with the state of their optimiser need a tenth of the first number, small ones of the second.
 */
const [mostInstructions, fewInstructions] = [2 ** 19, 2 ** 15];
const allowedInstructions = (fileBytes: number): number => Math.min(mostInstructions, fewInstructions + Math.floor(fileBytes / 10));

const mark = Symbol("mark");
type Slot = PickleValue | typeof mark;

/**
 * Reads one pickle as data. A stack machine over the opcodes that checkpoints use; nothing is imported or called: a global is its name, and
 * the few names that may be "called" have inert meanings here (`allowed.ts`). Every opcode takes at least one byte, so work and memory
 * are bounded by the length of the pickle.
 * @throws what `refuse` throws, with the opcode and its offset.
 */
export function unpickle(bytes: Uint8Array<ArrayBuffer>, start: number, hooks: PickleHooks, refuse: PickleRefusal): Unpickled {
  return new Machine(new PickleReader(bytes, start, refuse), hooks).run();
}

class Machine {
  readonly #stack: Slot[] = [];
  readonly #memo = new Map<number, PickleValue>();

  constructor(
    readonly reader: PickleReader,
    readonly hooks: PickleHooks,
  ) {}

  run(): Unpickled {
    const most = allowedInstructions(this.hooks.fileBytes);
    for (let count = 0; ; count++) {
      const code = this.reader.opcode();
      if (count > most) return this.reader.refuse(`the pickle has more than ${most} instructions`);
      if (code === 0x2e) break;
      const step = opcodes.get(code);
      if (step === undefined) return this.reader.refuse(`the instruction ${this.reader.name(code)} is not needed for weights`);
      step(this);
    }
    const value = this.pop();
    if (this.#stack.length > 0) return this.reader.refuse("the pickle ends with more than one value");
    return { value, end: this.reader.at };
  }

  push(value: Slot): void {
    this.#stack.push(value);
  }

  pop(): PickleValue {
    if (this.#stack.length === 0) return this.reader.refuse("the stack is empty");
    const value = this.#stack.pop();
    return value === mark ? this.reader.refuse("a mark stands where a value is needed") : value;
  }

  top(): PickleValue {
    const value = this.pop();
    this.#stack.push(value);
    return value;
  }

  /** The values above the last mark, which goes. */
  popToMark(): PickleValue[] {
    const at = this.#stack.lastIndexOf(mark);
    if (at < 0) return this.reader.refuse("there is no mark");
    return this.#stack.splice(at).filter((value) => value !== mark);
  }

  /** Memo numbers count what was stored, so that none exceeds the bytes read so far. */
  remember(index: number): void {
    if (index > this.reader.at) this.reader.refuse(`the memo number ${index} is beyond the length of the pickle`);
    this.#memo.set(index, this.top());
  }

  memoize(): void {
    this.remember(this.#memo.size);
  }

  recall(index: number): void {
    if (!this.#memo.has(index)) this.reader.refuse(`the memo has no number ${index}`);
    this.push(this.#memo.get(index));
  }

  global(module: string, name: string): void {
    const found = new PickleGlobal(module, name);
    if (!isAllowed(found, this.hooks.allows))
      this.reader.refuse(`it names \`${printable(module)}.${printable(name)}\`, which is not needed for weights`);
    this.push(found);
  }

  setItems(pairs: readonly PickleValue[]): void {
    const target = this.top();
    if (pairs.length % 2 !== 0) this.reader.refuse("a key has no value");
    if (!(target instanceof PickleMap)) return this.reader.refuse("only dictionaries have keys");
    for (let i = 0; i < pairs.length; i += 2) {
      const key = pairs[i];
      if (typeof key === "object" && key !== null && !(key instanceof PickleTuple)) this.reader.refuse("a key is neither text nor number");
      target.entries.set(key, pairs[i + 1]);
    }
  }

  append(values: readonly PickleValue[]): void {
    const target = this.top();
    if (!(target instanceof PickleList)) return this.reader.refuse("only lists are appended to");
    for (const value of values) target.items.push(value);
  }

  text(): string {
    const value = this.pop();
    return typeof value === "string" ? value : this.reader.refuse("a name is no text");
  }

  reduce(): void {
    const args = this.pop();
    const callee = this.pop();
    if (!(callee instanceof PickleGlobal) || !(args instanceof PickleTuple))
      return this.reader.refuse("something is called that is no name");
    this.push(callGlobal(callee, args.items, this.hooks, (problem) => this.reader.refuse(problem)));
  }

  newObject(): void {
    const args = this.pop();
    const type = this.pop();
    if (!(type instanceof PickleGlobal)) return this.reader.refuse("an object is made of something that is no class");
    this.push(makeRecord(type, args, (problem) => this.reader.refuse(problem)));
  }

  build(): void {
    const state = this.pop();
    buildObject(this.top(), state, (problem) => this.reader.refuse(problem));
  }

  persistent(): void {
    this.push(this.hooks.persistent(this.pop(), (problem) => this.reader.refuse(problem)));
  }
}

/** Names in messages: only what prints, and not too much of it. */
const printable = (text: string): string => text.slice(0, 80).replace(/[^\x20-\x7e]/gu, "?");

/** Sets occur beside the weights, never among them: their members are not kept. */
function addToSet(machine: Machine): void {
  machine.popToMark();
  if (!(machine.top() instanceof PickleRecord)) machine.reader.refuse("only sets are added to");
}

/** Every instruction that is understood. Whatever is missing here (INST, OBJ, NEWOBJ_EX, EXT1, PERSID, ...) is refused by its name. */
const opcodes: ReadonlyMap<number, (machine: Machine) => void> = new Map<number, (machine: Machine) => void>([
  [0x80, (m) => m.reader.protocol()],
  [0x95, (m) => m.reader.frame()],
  [0x28, (m) => m.push(mark)],
  [0x7d, (m) => m.push(new PickleMap())],
  [0x5d, (m) => m.push(new PickleList())],
  [0x29, (m) => m.push(new PickleTuple([]))],
  [0x8f, (m) => m.push(new PickleRecord(new PickleGlobal("builtins", "set"), undefined))],
  [0x90, addToSet],
  [0x74, (m) => m.push(new PickleTuple(m.popToMark()))],
  [0x85, (m) => m.push(new PickleTuple([m.pop()]))],
  [0x86, (m) => m.push(new PickleTuple([m.pop(), m.pop()].reverse()))],
  [0x87, (m) => m.push(new PickleTuple([m.pop(), m.pop(), m.pop()].reverse()))],
  [0x73, (m) => m.setItems([m.pop(), m.pop()].reverse())],
  [0x75, (m) => m.setItems(m.popToMark())],
  [0x61, (m) => m.append([m.pop()])],
  [0x65, (m) => m.append(m.popToMark())],
  [0x4e, (m) => m.push(null)],
  [0x88, (m) => m.push(true)],
  [0x89, (m) => m.push(false)],
  [0x4a, (m) => m.push(m.reader.int32())],
  [0x4b, (m) => m.push(m.reader.uint8())],
  [0x4d, (m) => m.push(m.reader.uint16())],
  [0x8a, (m) => m.push(m.reader.long(m.reader.uint8()))],
  [0x47, (m) => m.push(m.reader.float64())],
  [0x58, (m) => m.push(m.reader.text(m.reader.uint32()))],
  [0x8c, (m) => m.push(m.reader.text(m.reader.uint8()))],
  [0x8d, (m) => m.push(m.reader.text(m.reader.uint64()))],
  [0x42, (m) => m.push(m.reader.bytes(m.reader.uint32()))],
  [0x43, (m) => m.push(m.reader.bytes(m.reader.uint8()))],
  [0x8e, (m) => m.push(m.reader.bytes(m.reader.uint64()))],
  [0x71, (m) => m.remember(m.reader.uint8())],
  [0x72, (m) => m.remember(m.reader.uint32())],
  [0x94, (m) => m.memoize()],
  [0x68, (m) => m.recall(m.reader.uint8())],
  [0x6a, (m) => m.recall(m.reader.uint32())],
  [0x63, (m) => m.global(m.reader.line(), m.reader.line())],
  [
    0x93,
    (m) => {
      const name = m.text();
      m.global(m.text(), name);
    },
  ],
  [0x52, (m) => m.reduce()],
  [0x81, (m) => m.newObject()],
  [0x62, (m) => m.build()],
  [0x51, (m) => m.persistent()],
]);
