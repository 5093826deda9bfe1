import { extname } from "node:path";
import { readFile } from "node:fs/promises";
import { isRecord } from "@leader/graph";
import { errors } from "../error-codes.js";
import { readOrdinaryFile } from "../files/ordinary-file.js";
import { fileIntegrity, integrityOf } from "../host/pins/integrity.js";
import { writeFileAtomically } from "../picture/atomic-file.js";
import { recordTextIn } from "../picture/read-picture.js";
import { recordFileOf } from "./record-file.js";
import { parseRecord, type ResultRecord } from "./record.js";

/** Writes a record beside its result, which is there already: the file names the content of the result that it belongs to. */
export async function writeRecordBeside(path: string, record: string): Promise<void> {
  const content = { result: await fileIntegrity(path), record: JSON.parse(record) as unknown };
  await writeFileAtomically(recordFileOf(path), `${JSON.stringify(content, undefined, 2)}\n`);
}

/** The record of a result, and its text. Errors: `RECORD_MISSING`, `RECORD_UNREADABLE`, those of reading the file. */
export async function readRecord(
  path: string,
): Promise<{ readonly record: ResultRecord; readonly text: string; readonly inside: boolean }> {
  const bytes = await readOrdinaryFile(path);
  const carried = extname(path).toLowerCase() === ".npy" ? undefined : await recordTextIn(bytes, path);
  const text = carried ?? (await recordBeside(path, integrityOf(bytes)));
  return { record: parseRecord(text, path), text, inside: carried !== undefined };
}

async function recordBeside(path: string, integrity: string): Promise<string> {
  const beside = recordFileOf(path);
  const fail = (problem: string): never => {
    throw errors.RECORD_MISSING({ file: path, beside, problem });
  };
  const content = await readFile(beside, "utf8").catch(() => undefined);
  if (content === undefined) return fail(`it carries none, and there is no ${beside}`);
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    return fail(`${beside} is no JSON`);
  }
  if (!isRecord(value) || value["record"] === undefined) return fail(`${beside} is no file of a record`);
  if (value["result"] !== integrity) return fail(`${beside} belongs to a file of another content`);
  return JSON.stringify(value["record"]);
}
