import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { appendFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { Fingerprints } from "./bench/fingerprint.js";
import { errors } from "./error-codes.js";
import { fileHash } from "./file-hash.js";
import type { PipelineFacts, RestoreJob } from "./worker/tasks.js";
import { mainOf } from "./sample-names.js";
import { version } from "./version.js";
import { isRecord } from "@leader/graph/records";

/** Name of the journal in the folder of the results. */
export const journalName = ".leader-journal.jsonl";

/** Characters. */
const longestLine = 2 ** 16;

interface Entry {
  readonly key: string;
  /** Relative to the journal. */
  readonly output: string;
  /** SHA-256 of the result; without it the result was only begun. */
  readonly sha256?: string;
}

/** What was begun and finished in a folder of results: an append-only file, so that a killed run goes on where it was. */
export class Journal {
  readonly #path: string;
  /** The last hash of each key and output; `undefined` where it was only begun. */
  readonly #known = new Map<string, string | undefined>();
  readonly #outputs = new Set<string>();
  /** A kill left half a line at the end. */
  #torn = false;
  #opened = false;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Reads the journal of a folder; one that is missing is empty. */
  static async open(folder: string): Promise<Journal> {
    const path = join(folder, journalName);
    const journal = new Journal(path);
    try {
      await journal.#read();
    } catch (error) {
      const missing = error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
      if (!missing) throw error;
    }
    return journal;
  }

  /** Piece by piece: the journal of a large folder is large. */
  async #read(): Promise<void> {
    let rest = "";
    for await (const piece of createReadStream(this.#path, "utf8")) {
      const lines = `${rest}${String(piece)}`.split("\n");
      // No line of a journal is longer than a few paths; what is, is none, and is not held.
      rest = (lines.pop() ?? "").slice(-longestLine);
      for (const entry of lines.map(entryOf)) if (entry !== undefined) this.#keep(entry);
    }
    this.#torn = rest !== "";
    const last = entryOf(rest);
    if (last !== undefined) this.#keep(last);
  }

  /** True if this file is a result, or a file beside one, that the journal names. */
  names(path: string): boolean {
    return this.#outputs.has(this.#relative(path)) || this.#outputs.has(this.#relative(mainOf(path)));
  }

  /** True if this result was begun, and so may be replaced. */
  wasBegun(key: string, output: string): boolean {
    return this.#known.has(this.#id(key, output));
  }

  /** True if this result was finished and is still as it was written. */
  async isDone(key: string, output: string): Promise<boolean> {
    const sha256 = this.#known.get(this.#id(key, output));
    return sha256 !== undefined && sha256 === (await fileHash(output).catch(() => undefined));
  }

  async begin(key: string, output: string): Promise<void> {
    await this.#append({ key, output: this.#relative(output) });
  }

  async finish(key: string, output: string): Promise<void> {
    await this.#append({ key, output: this.#relative(output), sha256: await fileHash(output) });
  }

  async #append(entry: Entry): Promise<void> {
    const before = this.#torn && !this.#opened ? "\n" : "";
    this.#opened = true;
    await appendFile(this.#path, `${before}${JSON.stringify(entry)}\n`).catch((error: unknown) => {
      throw errors.OUTPUT_UNUSABLE({ path: this.#path, problem: error instanceof Error ? error.message : String(error) });
    });
    this.#keep(entry);
  }

  #keep({ key, output, sha256 }: Entry): void {
    this.#known.set(`${key} ${output}`, sha256);
    this.#outputs.add(output);
  }

  #id(key: string, output: string): string {
    return `${key} ${this.#relative(output)}`;
  }

  #relative(path: string): string {
    return relative(dirname(resolve(this.#path)), resolve(path));
  }
}

/** SHA-256 of everything but the input that a result depends on: stages with the files they name, versions, seed, options. */
export async function settingsHash(facts: PipelineFacts, pipeline: string, options: Partial<RestoreJob>): Promise<string> {
  const stages = await new Fingerprints(dirname(resolve(pipeline))).of(facts.stages);
  const plugins = facts.plugins.map((plugin) => [plugin.name, plugin.version]);
  return sha256(
    JSON.stringify([
      version,
      stages,
      plugins,
      facts.noise,
      options,
      ...(facts.samples === 1 ? [] : [facts.samples]),
      ...(facts.meanOf === 1 ? [] : [{ meanOf: facts.meanOf }]),
    ]),
  );
}

/** The key of a result: content of the input, settings, seed, and the place among the inputs if the noise depends on it. */
export async function resultKey(settings: string, { input, image }: RestoreJob, seed: number): Promise<string> {
  return sha256(JSON.stringify([await fileHash(input), settings, seed, image]));
}

const sha256 = (content: string | Uint8Array): string => createHash("sha256").update(content).digest("hex");

function entryOf(line: string): Entry | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    const { key, output, sha256: hash } = isRecord(entry) ? entry : {};
    if (typeof key !== "string" || typeof output !== "string") return undefined;
    return { key, output, ...(typeof hash === "string" ? { sha256: hash } : {}) };
  } catch {
    // Half a line, as a kill leaves it.
    return undefined;
  }
}
