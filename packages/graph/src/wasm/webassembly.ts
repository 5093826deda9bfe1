/** Small WebAssembly modules, assembled here from instructions in postfix order, named as in the text format. */

/** The part of the global that is used: the project's type library is that of the language alone. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> };
};

export type Code = readonly number[];

/** LEB128, the variable-length integers of the format. */
export function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(Math.floor(value / 0x80))];
}
export function signed(value: number): number[] {
  const low = ((value % 0x80) + 0x80) % 0x80;
  const rest = (value - low) / 0x80;
  const done = (rest === 0 && low < 0x40) || (rest === -1 && low >= 0x40);
  return done ? [low] : [low | 0x80, ...signed(rest)];
}

export const type = { i32: 0x7f, i64: 0x7e, f64: 0x7c, v128: 0x7b, function: 0x60, none: 0x40 } as const;
const section = { type: 1, function: 3, memory: 5, export: 7, code: 10 } as const;
export const pageBytes = 65_536;

export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number): Code => [0x21, ...unsigned(local)];
export const tee = (local: number): Code => [0x22, ...unsigned(local)];
export const i32 = {
  const: (value: number): Code => [0x41, ...signed(value | 0)],
  store: (offset: number): Code => [0x36, 2, ...unsigned(offset)],
  load: [0x28, 2, 0],
  add: [0x6a],
  sub: [0x6b],
  mul: [0x6c],
  and: [0x71],
  or: [0x72],
  xor: [0x73],
  shl: [0x74],
  shrS: [0x75],
  shrU: [0x76],
  clz: [0x67],
  ltU: [0x49],
  wrapI64: [0xa7],
} as const;
export const f64 = {
  load: (offset: number): Code => [0x2b, 3, ...unsigned(offset)],
  add: [0xa0],
  mul: [0xa2],
  convertI32S: [0xb7],
} as const;
export const f32 = { store: [0x38, 2, 0], demoteF64: [0xb6] } as const;
export const loop = (...body: readonly Code[]): Code => [0x03, type.none, ...body.flat(), 0x0b];
export const branchIf = (depth: number): Code => [0x0d, depth];
const end: Code = [0x0b];

const vector = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
const sized = (content: Code): Code => [...unsigned(content.length), ...content];
const name = (text: string): Code => sized(Array.from(text, (letter) => letter.charCodeAt(0)));

/** A function of 32-bit integers that returns nothing. */
export interface FunctionCode {
  readonly parameters: number;
  /** Counts and types of what it works with, numbered after its parameters. */
  readonly locals: readonly (readonly [number, number])[];
  readonly body: Code;
}

export interface WasmModule<Name extends string> {
  readonly memory: ArrayBuffer;
  readonly functions: Readonly<Record<Name, (...parameters: readonly number[]) => void>>;
}

/** Assembles and compiles a module with a memory of its own, whose size is fixed. Throws where the machine lacks an instruction. */
export function wasmModule<Name extends string>(bytes: number, functions: Readonly<Record<Name, FunctionCode>>): WasmModule<Name> {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assemble(bytes, Object.entries(functions))));
  const memory = exports["memory"] as { readonly buffer: ArrayBuffer };
  return { memory: memory.buffer, functions: exports as WasmModule<Name>["functions"] };
}

function assemble(bytes: number, functions: readonly (readonly [string, FunctionCode])[]): Uint8Array<ArrayBuffer> {
  const signatures = functions.map(([, { parameters }]): Code => {
    const taken = vector(Array.from({ length: parameters }, () => [type.i32]));
    return [type.function, ...taken, ...vector([])];
  });
  const exports = functions.map(([label], index) => [...name(label), 0, ...unsigned(index)]);
  const bodies = functions.map(([, { locals, body }]) => {
    const declared = vector(locals.map(([count, of]) => [...unsigned(count), of]));
    return sized([...declared, ...body, ...end]);
  });
  const sections: readonly (readonly [number, Code])[] = [
    [section.type, vector(signatures)],
    [section.function, vector(functions.map((_, index) => unsigned(index)))],
    [section.memory, vector([[0, ...unsigned(Math.ceil(bytes / pageBytes))]])],
    [section.export, vector([[...name("memory"), 2, 0], ...exports])],
    [section.code, vector(bodies)],
  ];
  const header = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  return Uint8Array.from([...header, ...sections.flatMap(([id, content]) => [id, ...sized(content)])]);
}
