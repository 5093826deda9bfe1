import { defined, type HostTensor } from "@leader/graph";
import { z } from "zod";
import { integrityOf } from "../host/pins/integrity.js";
import { madeWith, type MadeWith } from "../host/pinned.js";
import { errors } from "../error-codes.js";

/** Version of the form of records. */
const recordFormat = "leader-record/1";

const inputMark = z.strictObject({
  /** Of the bytes of its file; of an array that was in memory, of its shape and values. */
  integrity: z.string(),
  /** Size of the file, by which it is looked for. */
  bytes: z.int().optional(),
});

/** How the input was read and the result written, as far as that is not the rule. */
const handling = z.strictObject({
  range: z.tuple([z.number(), z.number()]).readonly().optional(),
  quality: z.int().optional(),
  bitDepth: z.union([z.literal(8), z.literal(16)]).optional(),
  strip: z.boolean().optional(),
  restoreAlpha: z.boolean().optional(),
});

const resultRecord = z.strictObject({ format: z.literal(recordFormat), input: inputMark, handling, made: madeWith });

/** How an input was read and its result written, as far as that is not the rule. */
export type Handling = z.output<typeof handling>;
/** What an input was, without its name or place. */
export type InputMark = z.output<typeof inputMark>;

/**
 * What made a result: enough to make it again, and to say what has changed since. It names no folder and no time, so equal
 * restorations have equal files wherever and whenever they are made.
 */
export type ResultRecord = z.output<typeof resultRecord>;

/** The mark of the bytes of a file. */
export const markOfBytes = (bytes: Uint8Array): InputMark => ({ integrity: integrityOf(bytes), bytes: bytes.length });

/** The mark of an array in memory. */
export function markOfArray({ shape, dtype, data }: HostTensor): InputMark {
  const head = Buffer.from(`${dtype}[${shape.join()}]`);
  return { integrity: integrityOf(Buffer.concat([head, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)])) };
}

/** The text of a record, as files carry it. */
export function recordText(input: InputMark, how: { readonly [K in keyof Handling]: Handling[K] | undefined }, made: MadeWith): string {
  return JSON.stringify({ format: recordFormat, input, handling: defined(how), made } satisfies ResultRecord);
}

/** Reads the text of a record; `file` names what carries it. Errors: `RECORD_UNREADABLE`. */
export function parseRecord(text: string, file: string): ResultRecord {
  const fail = (problem: string): never => {
    throw errors.RECORD_UNREADABLE({ file, problem });
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
  const { success, data, error } = resultRecord.safeParse(value);
  return success ? data : fail(z.prettifyError(error).split("\n")[0] ?? "");
}
