import { errors } from "../error-codes.js";
import { checkedSize, elementBytes, elementsOf, type ElementType } from "./element-type.js";
import { viewOf, type Source } from "./source.js";
import { placeIn, type StoredTensor } from "./stored-tensor.js";
import { defined, isRecord } from "@leader/core";

/** Longest header in bytes: the limit of the format. */
const longestHeader = 100_000_000;

const types: ReadonlyMap<unknown, ElementType> = new Map<unknown, ElementType>([
  ["F32", "float32"],
  ["F16", "float16"],
  ["BF16", "bfloat16"],
  ["F64", "float64"],
  ["I64", "int64"],
  ["I32", "int32"],
  ["I16", "int16"],
  ["I8", "int8"],
  ["U8", "uint8"],
  ["BOOL", "bool"],
]);

interface Placed {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface Safetensors {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads the header of a safetensors file. Nothing is believed: the header is bounded, sizes are exact products, and the data of the
 * tensors must fill the file without gap or overlap.
 * @throws CHECKPOINT_UNREADABLE.
 */
export async function readSafetensors(source: Source): Promise<Safetensors> {
  const refuse = (problem: string, cause?: unknown): never => {
    throw errors.CHECKPOINT_UNREADABLE({ file: source.name, problem }, defined({ cause }));
  };
  if (source.size < 10) refuse(`${source.size} bytes are no safetensors file`);
  const length = viewOf(await source.read(0, 8)).getBigUint64(0, true);
  if (length > BigInt(longestHeader)) refuse(`its header would have ${length} bytes; the format allows ${longestHeader}`);
  if (length > BigInt(source.size - 8)) refuse(`its header would have ${length} bytes, but the file has ${source.size}`);
  const start = 8 + Number(length);
  const header = parseHeader(await source.read(8, Number(length)), refuse);
  const { __metadata__: metadata, ...entries } = header;
  const placed = Object.entries(entries).map(([name, entry]) => placedTensor(name, entry, refuse));
  checkPlaces(placed, source.size - start, refuse);
  return { tensors: new Map(placed.map((tensor) => [tensor.name, stored(source, start, tensor)])), metadata: texts(metadata, refuse) };
}

type Refuse = (problem: string, cause?: unknown) => never;

function parseHeader(bytes: Uint8Array, refuse: Refuse): Readonly<Record<string, unknown>> {
  if (bytes[0] !== 0x7b) return refuse("its header does not begin with `{`");
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const header: unknown = JSON.parse(text);
    if (!isRecord(header)) return refuse("its header is no JSON object");
    checkDuplicates(text, Object.keys(header).length, refuse);
    return header;
  } catch (cause) {
    return refuse(`its header is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

/** JSON.parse keeps the last of two equal keys, and other readers the first: such a file means two things. */
function checkDuplicates(text: string, keys: number, refuse: Refuse): void {
  let [depth, found, inside] = [0, 0, false];
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (inside) {
      if (c === "\\") i++;
      else if (c === '"') inside = false;
    } else if (c === '"') inside = true;
    else if (c === "{" || c === "[") depth++;
    else if (c === "}" || c === "]") depth--;
    else if (c === ":" && depth === 1) found++;
  }
  if (found !== keys) refuse("a name occurs twice in its header");
}

const isSize = (value: unknown): value is number => typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
const isText = (value: unknown): value is string => typeof value === "string";

function placedTensor(name: string, entry: unknown, refuse: Refuse): Placed {
  if (!isRecord(entry)) return refuse(`\`${name}\` is not described`);
  const { dtype, shape, data_offsets: offsets, ...rest } = entry;
  const type = types.get(dtype);
  if (type === undefined) return refuse(`\`${name}\` has the element type ${JSON.stringify(dtype)}`);
  if (Object.keys(rest).length > 0) return refuse(`\`${name}\` has the unknown field \`${Object.keys(rest)[0]!}\``);
  if (!Array.isArray(shape) || !shape.every(isSize)) return refuse(`\`${name}\` has no shape`);
  const place: readonly unknown[] = Array.isArray(offsets) ? offsets : [];
  const [begin, end, ...more] = place;
  if (!isSize(begin) || !isSize(end) || more.length > 0) return refuse(`\`${name}\` has no place in the file`);
  const size = checkedSize(shape);
  if (size === undefined || BigInt(end) - BigInt(begin) !== BigInt(size) * BigInt(elementBytes[type])) {
    return refuse(`\`${name}\` of shape [${shape.join(",")}] and type ${String(dtype)} does not fit the bytes ${begin} to ${end}`);
  }
  return { name, type, shape, begin, end };
}

function checkPlaces(placed: readonly Placed[], size: number, refuse: Refuse): void {
  let at = 0;
  for (const { name, begin, end } of [...placed].sort((a, b) => (a.begin === b.begin ? a.end - b.end : a.begin - b.begin))) {
    if (begin !== at) refuse(`\`${name}\` ${begin < at ? "overlaps the tensor before it" : `leaves a gap of ${begin - at} bytes`}`);
    at = end;
  }
  if (at !== size) refuse(`its tensors take ${at} bytes, but ${size} follow the header`);
}

function texts(metadata: unknown, refuse: Refuse): Readonly<Record<string, string>> {
  if (metadata === undefined) return {};
  if (!isRecord(metadata)) return refuse("its metadata are no texts");
  const told = Object.entries(metadata).map(([key, value]) => [key, isText(value) ? value : refuse("its metadata are no texts")] as const);
  return Object.fromEntries(told);
}

const stored = (source: Source, start: number, { type, shape, begin, end }: Placed): StoredTensor => ({
  type,
  shape,
  elements: async () => elementsOf(type, await source.read(start + begin, end - begin)),
  ...placeIn(source, start + begin, type, (end - begin) / elementBytes[type]),
});
