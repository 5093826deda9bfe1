import fc from "fast-check";

/** A change of a text of bytes; places are shares of its length, so that a change fits whatever it is applied to. */
type Edit =
  | { readonly kind: "set"; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: "insert"; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: "cut"; readonly at: number; readonly length: number }
  | { readonly kind: "copy"; readonly at: number; readonly from: number; readonly length: number }
  | { readonly kind: "end"; readonly at: number };

/** One of several originals, and what is done to it. */
export interface Mutation {
  readonly original: number;
  readonly edits: readonly Edit[];
}

const place = fc.double({ min: 0, max: 1, noNaN: true });

/** Bytes at which readers of lengths, sizes and counts stumble. */
const boundary = fc.constantFrom(
  ...[
    [0],
    [1],
    [0x7f],
    [0x80],
    [0xff],
    [0xff, 0xff, 0xff, 0x7f],
    [0, 0, 0, 0x80],
    [0xff, 0xff, 0xff, 0xff, 0x0f],
    Array<number>(9).fill(0xff),
  ].map((bytes) => Uint8Array.from(bytes)),
);
const bytes = fc.oneof(boundary, fc.uint8Array({ minLength: 1, maxLength: 8 }));
const length = fc.integer({ min: 1, max: 64 });

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), at: place, bytes }),
  fc.record({ kind: fc.constant("insert" as const), at: place, bytes }),
  fc.record({ kind: fc.constant("cut" as const), at: place, length }),
  fc.record({ kind: fc.constant("copy" as const), at: place, from: place, length }),
  fc.record({ kind: fc.constant("end" as const), at: place }),
);

/** Mutations of a number of originals; they shrink to few and small edits. Some have none: an original must be read. */
export const mutations = (originals: number): fc.Arbitrary<Mutation> =>
  fc.record({ original: fc.nat(originals - 1), edits: fc.array(edit, { maxLength: 6 }) });

/** The mutated bytes. */
export function mutated(originals: readonly Uint8Array[], { original, edits }: Mutation): Uint8Array {
  return edits.reduce(applied, originals[original]!);
}

function applied(text: Uint8Array, edit: Edit): Uint8Array {
  const at = Math.floor(edit.at * text.length);
  switch (edit.kind) {
    case "set": {
      // Not by `slice`, which on Node's Buffer is a view of the original.
      const made = new Uint8Array(text);
      made.set(edit.bytes.subarray(0, made.length - at), at);
      return made;
    }
    case "insert":
      return joined(text.subarray(0, at), edit.bytes, text.subarray(at));
    case "cut":
      return joined(text.subarray(0, at), text.subarray(at + edit.length));
    case "copy": {
      const from = Math.floor(edit.from * text.length);
      return joined(text.subarray(0, at), text.subarray(from, from + edit.length), text.subarray(at));
    }
    case "end":
      return new Uint8Array(text.subarray(0, at));
    default:
      return edit satisfies never;
  }
}

const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
