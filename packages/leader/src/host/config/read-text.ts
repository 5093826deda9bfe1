import { errors } from "../../error-codes.js";
import { readOrdinaryFile } from "../../files/ordinary-file.js";
import { diagnose, stopOn } from "./diagnostic.js";

/** Bytes of a configuration file that are read at all; what may be in it is limited further. */
const longestText = 2 ** 24;

/** The text of a configuration file. Errors: `CONFIG_NOT_TEXT`, those of `readOrdinaryFile`. */
export async function readConfigText(file: string, name = file): Promise<string> {
  const bytes = await readOrdinaryFile(file, longestText);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return stopOn([diagnose(errors.CONFIG_NOT_TEXT({ problem: "it is not valid UTF-8" }), [], { file: name, line: 1, column: 1 })]);
  }
}
